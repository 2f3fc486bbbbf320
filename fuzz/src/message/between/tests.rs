//! What a host answers, made up, and what is found in it.

mod answers;
mod traps;

use lockstep_abi::{AccountId, CallStatus, HostFunction};
use lockstep_vm::{Account, ContractRecord, HostCalls, Meter, Unwind, contract_id};

use super::{Asked, AskedFrames, BetweenHost, Guest, sent};
use crate::message::asked::Sent;
use crate::message::model::Model;
use crate::message::{CONTRACTS, SENDER};
use crate::script::Code;

const FRAME: Asked = Asked {
    contract: CONTRACTS[1],
    caller: CONTRACTS[0],
    value: 7,
    read_only: false,
    code: None,
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

/// The frame runs, and nothing else does.
fn begun(frame: Asked) -> AskedFrames {
    let frames = AskedFrames::default();
    let mut model = Model::default();
    let code = Code::First.hash();
    let account = Account {
        contract: Some(ContractRecord::new(code, SENDER)),
        ..Account::default()
    };
    model.set_account(&frame.contract, account);
    let account = Account {
        balance: frame.value,
        ..Account::default()
    };
    model.set_account(&frame.caller, account);
    frames.restart(model);
    frames.ask(Sent {
        function: HostFunction::Call,
        frame,
        input: b"input".to_vec(),
        gas: 0,
        allows_reentry: false,
    });
    let moved = frames
        .model()
        .transfer(&frame.caller, &frame.contract, frame.value);
    assert!(moved);
    frames.begin(Some(code));
    assert_eq!(frames.finding(), None);
    frames
}

/// Calls a function of a host that answers this.
fn call(
    frames: &AskedFrames,
    function: HostFunction,
    args: &[u64],
    memory: &mut [u8],
    mut host: Answers<'_>,
) {
    let value = host.value;
    let mut between = BetweenHost {
        inner: &mut host,
        frames,
        ending: None,
    };
    let mut meter = Meter { gas: 1, stack: 1 };
    let answer = between.call(function, args, memory, &mut meter);
    assert_eq!(answer, Ok(value));
}

/// What is found when a frame calls a function and gets this.
fn found(frame: Asked, function: HostFunction, written: &[u8], value: Option<u64>) -> String {
    let frames = begun(frame);
    let host = Answers { written, value };
    call(&frames, function, &[0; 8], &mut [0; 64], host);
    frames.finding().unwrap_or_default()
}

/// The frame that a call asks for.
fn asked(frame: &Asked, function: HostFunction, args: &[u64], memory: &[u8]) -> Option<Asked> {
    sent(frame, function, &Guest { args, memory }).map(|sent| sent.frame)
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
            code: None,
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
    let of_code = Asked {
        code: Some(code),
        ..FRAME
    };
    let read_only = true;
    assert_eq!(
        delegate,
        Some(Asked {
            read_only,
            ..of_code
        })
    );
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
        ..of_code
    };
    let id = contract_id(&CONTRACTS[1], &code, &[5; 32]);
    assert_eq!(made, Some(by(id, 9)));
    let upgraded = asked(&FRAME, HostFunction::Upgrade, &[0; 4], &memory);
    assert_eq!(upgraded, Some(by(CONTRACTS[1], 0)));
}

#[test]
fn a_value_for_a_read_only_call_and_a_frame_that_nobody_asked_for_are_found() {
    let frames = begun(FRAME);
    for (flags, is_found) in [(0, false), (1, true)] {
        let args = [0, 0, 0, 0, 0, 64, 0, flags];
        let host = Answers {
            written: &[],
            value: Some(u64::from(CallStatus::NotAContract.code().cast_unsigned())),
        };
        let mut memory = memory(CONTRACTS[2].0);
        call(&frames, HostFunction::Call, &args, &mut memory, host);
        let finding = frames.finding().unwrap_or_default();
        assert_eq!(finding.starts_with("read-only: "), is_found, "{finding}");
        assert_eq!(finding.is_empty(), !is_found, "{finding}");
    }

    let frames = AskedFrames::default();
    frames.begin(Some(Code::First.hash()));
    let finding = frames.finding().unwrap_or_default();
    assert!(finding.starts_with("context: "), "{finding}");
}
