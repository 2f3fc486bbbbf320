//! What an observer is told of messages: own gas adds up to the transaction's, whatever happens
//! to the code.

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::{FrameStart, MessageEnd, MessageStart, Observer, Status};

use crate::cases::{INPUT, Stage, good};
use crate::world::{GAS, World};

/// The gas that each message used itself, by method, in the order of their ends.
#[derive(Default)]
struct Own {
    /// Of the messages under way: method, gas before, gas of the messages that they sent.
    open: Vec<(String, u64, u64)>,
    ended: Vec<(String, Status, u64)>,
    frames: usize,
}

impl Own {
    fn sum(&self) -> u64 {
        assert!(self.open.is_empty(), "every message ends");
        self.ended.iter().map(|(_, _, own)| own).sum()
    }
}

impl Observer for Own {
    fn message_start(&mut self, message: &MessageStart<'_>) {
        assert_eq!(usize::try_from(message.depth).unwrap(), self.open.len());
        let before = message.gas_used.total();
        self.open.push((message.method.to_owned(), before, 0));
    }

    fn message_end(&mut self, message: &MessageEnd) {
        let (method, before, callees) = self.open.pop().unwrap();
        assert_eq!(usize::try_from(message.depth).unwrap(), self.open.len());
        let all = message.gas_used.total() - before;
        self.ended.push((method, message.status, all - callees));
        if let Some((_, _, callees)) = self.open.last_mut() {
            *callees += all;
        }
    }

    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        let (method, ..) = self.open.last().unwrap();
        assert_eq!(method, frame.method);
        self.frames += 1;
    }
}

#[test]
fn own_gas_adds_up_whatever_is_called() {
    let mut deepest = 0;
    for function in HostFunction::ALL {
        let mut own = Own::default();
        let mut stage = Stage::new();
        let id: AccountId = stage.contract(function, &good(function).args);
        let message = stage.world.message(id, "main", INPUT);
        let ran = stage.world.run_observed(message, &mut own);
        assert_eq!(own.sum(), ran.gas.total(), "{function:?}");
        assert_eq!(own.sum(), GAS - ran.gas_left, "{function:?}");
        assert_eq!(own.ended.last().unwrap().1, ran.status, "{function:?}");
        deepest = deepest.max(own.ended.len());
    }
    assert!(deepest > 1, "some functions send messages");
}

#[test]
fn a_message_that_runs_no_code_is_told_with_its_loading() {
    let mut world = World::new();
    let id = world.deploy(7, "(module (func (export \"main\")))");
    let mut own = Own::default();
    let absent = world.message(id, "absent", &[]);
    let ran = world.run_observed(absent, &mut own);
    assert!(ran.gas.host > 0);
    let expected = ("absent".to_owned(), Status::MethodNotFound, ran.gas.host);
    assert_eq!((own.ended, own.frames), (vec![expected], 0));

    let mut own = Own::default();
    let mut poor = world.message(id, "main", &[]);
    poor.gas = 5;
    let ran = world.run_observed(poor, &mut own);
    assert_eq!(ran.gas.forfeited, 5);
    let expected = ("main".to_owned(), Status::OutOfGas, 5);
    assert_eq!((own.ended, own.frames), (vec![expected], 0));
}

#[test]
fn a_message_without_a_target_is_not_told_of() {
    let mut world = World::new();
    let mut own = Own::default();
    let message = world.message(AccountId([9; 32]), "main", &[]);
    let ran = world.run_observed(message, &mut own);
    assert_eq!((ran.status, ran.gas.total()), (Status::NotAContract, 0));
    assert!(own.ended.is_empty() && own.open.is_empty());
}
