//! A difference of one kind is not cut down to one of another.

use lockstep_cli::{
    Bytes, Failure, History, Watch, World, WorldAnswer, base_engine, standard_worlds,
};

use crate::fuzz;

/// Another root of the state after ten transactions, and another root of the receipts before.
struct Slipping(Box<dyn World>);

impl World for Slipping {
    fn name(&self) -> String {
        "slipping".to_string()
    }

    fn about(&self) -> String {
        "it has two faults".to_string()
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<WorldAnswer, Failure> {
        let mut answer = self.0.execute(history, watch)?;
        if let WorldAnswer::Executed(execution, _) = &mut answer {
            let blocks = execution.blocks.iter();
            let transactions: usize = blocks.map(|block| block.transactions.len()).sum();
            if let Some(last) = execution.blocks.last_mut() {
                let root = match transactions {
                    10.. => &mut last.state_root,
                    _ => &mut last.receipts_root,
                };
                *root = Bytes(vec![0; 32]);
            }
        }
        Ok(answer)
    }
}

#[test]
fn what_differs_stays_the_same_while_a_difference_is_cut_down() {
    let mut worlds = standard_worlds(&base_engine(), &[], None);
    worlds.retain(|world| world.name() == "untraced");
    let untraced = worlds.remove(0);
    let mut worlds: Vec<Box<dyn World>> = vec![Box::new(Slipping(untraced))];
    let finding = fuzz(&mut worlds, 1, 1, None).finding.expect("it differs");
    assert_eq!(finding.transactions, 10, "{finding:#?}");
    let place = finding.place.expect("it shows every time");
    assert_eq!(place.field, "the state's root", "{place:#?}");
}
