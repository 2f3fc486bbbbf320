//! What a host answers, made up, and what is found in it.

use lockstep_abi::{AccountId, HostFunction};
use lockstep_vm::{HostCalls, Meter, Unwind, contract_id};

use super::{Asked, AskedFrames, BetweenHost, asked};
use crate::message::{CONTRACTS, SENDER};
use crate::script::Code;

const FRAME: Asked = Asked {
    contract: CONTRACTS[1],
    caller: CONTRACTS[0],
    value: 7,
    read_only: false,
};

/// A host that writes some bytes at the first argument and gives a value back.
struct Answers<'a> {
    written: &'a [u8],
    value: Option<u64>,
}

impl HostCalls for Answers<'_> {
    fn call(
        &mut self,
        _function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        if let (false, Some(start)) = (self.written.is_empty(), args.first()) {
            let start = usize::try_from(*start).expect("it is small");
            memory[start..start + self.written.len()].copy_from_slice(self.written);
        }
        Ok(self.value)
    }
}

/// What is found when a frame calls a function and gets this.
fn found(frame: Asked, function: HostFunction, written: &[u8], value: Option<u64>) -> String {
    let frames = AskedFrames::default();
    frames.ask(Some(frame));
    frames.begin();
    let mut host = Answers { written, value };
    let mut between = BetweenHost {
        inner: &mut host,
        frames: &frames,
    };
    let mut meter = Meter { gas: 1, stack: 1 };
    let args = [0_u64; 8];
    let answer = between.call(function, &args, &mut [0; 64], &mut meter);
    assert_eq!(answer, Ok(value));
    frames.finding().unwrap_or_default()
}

#[test]
fn an_answer_that_is_another_frame_s_is_found() {
    for (function, right) in [
        (HostFunction::Caller, CONTRACTS[0]),
        (HostFunction::SelfId, CONTRACTS[1]),
        (HostFunction::Origin, SENDER),
    ] {
        for told in CONTRACTS.into_iter().chain([SENDER]) {
            let finding = found(FRAME, function, &told.0, None);
            assert_eq!(finding.is_empty(), told == right, "{function:?}: {finding}");
            assert!(told == right || finding.starts_with("context: "));
        }
    }
    assert_eq!(
        found(FRAME, HostFunction::Value, &7_u128.to_le_bytes(), None),
        ""
    );
    let finding = found(FRAME, HostFunction::Value, &8_u128.to_le_bytes(), None);
    assert!(finding.starts_with("context: "), "{finding}");
}

#[test]
fn another_block_is_found() {
    for (function, right) in [
        (HostFunction::BlockHeight, 1),
        (HostFunction::BlockTimestamp, 1_700_000_000_123),
        (HostFunction::ChainId, 1),
    ] {
        assert_eq!(found(FRAME, function, &[], Some(right)), "");
        let finding = found(FRAME, function, &[], Some(right + 1));
        assert!(finding.starts_with("context: "), "{finding}");
    }
}

#[test]
fn a_frame_that_is_read_only_is_told_so_and_writes_nothing() {
    for read_only in [false, true] {
        let frame = Asked { read_only, ..FRAME };
        let told = |value| found(frame, HostFunction::IsReadOnly, &[], Some(value));
        assert_eq!(told(u64::from(read_only)), "");
        assert!(told(u64::from(!read_only)).starts_with("read-only: "));
        for function in HostFunction::ALL {
            if function.writes_state() {
                let finding = found(frame, function, &[], Some(0));
                let is_found = finding.starts_with("read-only: ");
                assert_eq!(is_found, read_only, "{function:?}: {finding}");
            }
        }
    }
}

/// Memory with an id, a salt and a value at the beginning, at 32 and at 64.
fn memory(first: [u8; 32]) -> Vec<u8> {
    let mut memory = first.to_vec();
    memory.extend([5; 32]);
    memory.extend(9_u128.to_le_bytes());
    memory
}

#[test]
fn a_call_asks_for_a_frame() {
    let memory = memory(CONTRACTS[2].0);
    let call = |flags| [0, 0, 0, 0, 0, 64, 0, flags];
    for (flags, read_only) in [(0, false), (1, true), (2, false), (3, true)] {
        let expected = Asked {
            contract: CONTRACTS[2],
            caller: CONTRACTS[1],
            value: 9,
            read_only,
        };
        let call = asked(&FRAME, HostFunction::Call, &call(flags), &memory);
        assert_eq!(call, Some(expected), "{flags}");
    }
    let below = Asked {
        read_only: true,
        ..FRAME
    };
    let inherited = asked(&below, HostFunction::Call, &call(0), &memory);
    assert!(inherited.is_some_and(|frame| frame.read_only));
    let outside = [60, 0, 0, 0, 0, 64, 0, 0];
    assert_eq!(asked(&FRAME, HostFunction::Call, &outside, &memory), None);
    assert_eq!(
        asked(&FRAME, HostFunction::Transfer, &[0, 64], &memory),
        None
    );
}

#[test]
fn a_delegate_keeps_caller_and_value_and_others_do_not() {
    let code = Code::Second.hash();
    let memory = memory(code.0);
    let delegate = asked(
        &FRAME,
        HostFunction::DelegateCall,
        &[0, 0, 0, 0, 0, 0, 1],
        &memory,
    );
    let read_only = true;
    assert_eq!(delegate, Some(Asked { read_only, ..FRAME }));
    let made = asked(
        &FRAME,
        HostFunction::Instantiate,
        &[0, 32, 0, 0, 64, 0, 0],
        &memory,
    );
    let by = |contract: AccountId, value| Asked {
        contract,
        caller: CONTRACTS[1],
        value,
        read_only: false,
    };
    let id = contract_id(&CONTRACTS[1], &code, &[5; 32]);
    assert_eq!(made, Some(by(id, 9)));
    let upgraded = asked(&FRAME, HostFunction::Upgrade, &[0; 4], &memory);
    assert_eq!(upgraded, Some(by(CONTRACTS[1], 0)));
}

#[test]
fn a_value_for_a_read_only_call_and_a_frame_that_nobody_asked_for_are_found() {
    let frames = AskedFrames::default();
    frames.ask(Some(FRAME));
    frames.begin();
    let mut host = Answers {
        written: &[],
        value: Some(0),
    };
    let mut between = BetweenHost {
        inner: &mut host,
        frames: &frames,
    };
    let mut meter = Meter { gas: 1, stack: 1 };
    let mut call = |flags| {
        let args = [0, 0, 0, 0, 0, 64, 0, flags];
        let mut memory = memory(CONTRACTS[2].0);
        between.call(HostFunction::Call, &args, &mut memory, &mut meter)
    };
    assert_eq!(call(0), Ok(Some(0)));
    assert_eq!(frames.finding(), None);
    assert_eq!(call(1), Ok(Some(0)));
    let finding = frames.finding().unwrap_or_default();
    assert!(finding.starts_with("read-only: "), "{finding}");

    let frames = AskedFrames::default();
    frames.begin();
    let finding = frames.finding().unwrap_or_default();
    assert!(finding.starts_with("context: "), "{finding}");
}
