//! What a difference is cut down to, and what its scenario expects.

use lockstep_cli::{
    Bytes, Exit, Failure, History, Watch, World, WorldAnswer, base_engine, from_text, fuzz_det,
    load, run, standard_worlds,
};

use crate::{Candidates, fuzz, scenario, scratch};

/// Comes to another root of the state after so many transactions or more, and to another root of
/// the receipts after fewer.
struct Slipping {
    world: Box<dyn World>,
    /// As many as there are at first, unless stated.
    least: Option<usize>,
}

impl World for Slipping {
    fn name(&self) -> String {
        "slipping".to_string()
    }

    fn about(&self) -> String {
        "it has two faults".to_string()
    }

    fn execute(&mut self, history: &History, watch: Watch) -> Result<WorldAnswer, Failure> {
        let mut answer = self.world.execute(history, watch)?;
        if let WorldAnswer::Executed(execution, _) = &mut answer {
            let blocks = execution.blocks.iter();
            let transactions: usize = blocks.map(|block| block.transactions.len()).sum();
            let least = *self.least.get_or_insert(transactions);
            if let Some(last) = execution.blocks.last_mut() {
                let root = match transactions >= least {
                    true => &mut last.state_root,
                    false => &mut last.receipts_root,
                };
                *root = Bytes(vec![0; 32]);
            }
        }
        Ok(answer)
    }
}

fn slipping(least: Option<usize>) -> Vec<Box<dyn World>> {
    let mut worlds = standard_worlds(&base_engine(), &[], None);
    worlds.retain(|world| world.name() == "untraced");
    let world = worlds.remove(0);
    vec![Box::new(Slipping { world, least })]
}

#[test]
fn what_differs_stays_the_same_while_a_difference_is_cut_down() {
    let found = fuzz(&mut slipping(Some(10)), 1, 1, None).finding;
    let finding = found.expect("it differs");
    assert_eq!(finding.transactions, 10, "{finding:#?}");
    let place = finding.place.expect("it shows every time");
    assert_eq!(place.field, "the state's root", "{place:#?}");
}

/// No transaction can be left out, so all endings of the scenarios are stated.
#[test]
fn a_finding_expects_what_the_base_world_came_to_as_far_as_a_scenario_can_say_it() {
    let mut all = String::new();
    for name in ["counter.toml", "token.toml", "edges.toml"] {
        let out = scratch(&format!("fuzz-whole-{name}"));
        let scenario = scenario(name);
        let control = &mut Candidates(1);
        let worlds = &mut slipping(None);
        let report = fuzz_det(&scenario, &base_engine(), worlds, 1, Some(&out), control);
        let report = report.unwrap_or_else(|failure| panic!("{failure}"));
        let finding = report.finding.expect("it differs");
        assert_eq!(finding.transactions, finding.transactions_before);
        let file = finding.file.expect("it is written");
        let written = load(file.as_ref(), name).unwrap_or_else(|failure| panic!("{failure}"));
        let finished = run(&written).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(finished.exit, Exit::Success, "{:#?}", finished.problems);
        let text = std::fs::read_to_string(file).expect("the scenario");
        // Another number is returned.
        if let Some((before, behind)) = text.split_once("output = 0,") {
            let text = format!("{before}output = 4,{behind}");
            let wrong = from_text(text, name, &out).unwrap_or_else(|failure| panic!("{failure}"));
            let finished = run(&wrong).unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(finished.exit, Exit::Unexpected, "{name}");
        }
        all.push_str(&text);
    }
    for stated in [
        "output = 0,",
        "output = \"0x",
        "error = ",
        "events = [{ name = \"",
        ", fields = [",
        "deposit = \"-",
    ] {
        assert!(all.contains(stated), "{stated}");
    }
}
