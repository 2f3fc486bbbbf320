//! An engine whose guests are watched as they call the host: what each call asks for, and what it
//! is answered.
//!
//! It stands between the guest and the host and takes arguments and answers out of the guest's own
//! memory. From the calls it makes frames of its own ([`AskedFrames`]), and the host must tell each
//! frame what these say: its caller, its contract, its value, the sender of the transaction, the block,
//! and whether it is read-only. In a frame that is read-only no function that writes may come back.

use lockstep_abi::{AccountId, CallFlags, CodeHash, HostFunction};
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, FinalState, HostCalls, Meter, Run,
    Unwind, contract_id,
};

use super::asked::{Asked, AskedFrames};
use super::{BLOCK, SENDER};

/// The engine.
pub(super) struct Between<E> {
    pub(super) inner: E,
    pub(super) frames: AskedFrames,
}

impl<E: Engine> Engine for Between<E> {
    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        Ok(Box::new(BetweenModule {
            inner: self.inner.compile(module)?,
            frames: self.frames.clone(),
        }))
    }
}

struct BetweenModule {
    inner: Box<dyn CompiledModule>,
    frames: AskedFrames,
}

impl CompiledModule for BetweenModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        self.frames.begin();
        let frames = &self.frames;
        let mut between = BetweenHost {
            inner: host,
            frames,
        };
        let run = self.inner.run(call, &mut between);
        self.frames.end();
        run
    }
}

struct BetweenHost<'h> {
    inner: &'h mut dyn HostCalls,
    frames: &'h AskedFrames,
}

impl HostCalls for BetweenHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let frame = self.frames.running();
        let asked = frame.and_then(|frame| asked(&frame, function, args, memory));
        self.frames.ask(asked);
        let answer = self.inner.call(function, args, memory, meter);
        self.frames.ask(None);
        if let (Ok(value), Some(frame)) = (&answer, frame) {
            self.check_told(&frame, function, told(function, args, memory, *value));
            self.check_writes(&frame, function, asked);
        }
        answer
    }

    fn probe(&mut self, number: u32, operand: u32) {
        self.inner.probe(number, operand);
    }

    fn wants_final_state(&self) -> bool {
        self.inner.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        self.inner.final_state(left);
    }
}

impl BetweenHost<'_> {
    /// What the host tells a frame is what the frame is.
    fn check_told(&self, frame: &Asked, function: HostFunction, told: Option<Vec<u8>>) {
        let (kind, expected) = match function {
            HostFunction::Caller => ("context", frame.caller.0.to_vec()),
            HostFunction::SelfId => ("context", frame.contract.0.to_vec()),
            HostFunction::Origin => ("context", SENDER.0.to_vec()),
            HostFunction::Value => ("context", frame.value.to_le_bytes().to_vec()),
            HostFunction::BlockHeight => ("context", BLOCK.height.to_le_bytes().to_vec()),
            HostFunction::BlockTimestamp => ("context", BLOCK.timestamp_ms.to_le_bytes().to_vec()),
            HostFunction::ChainId => ("context", BLOCK.chain_id.to_le_bytes().to_vec()),
            HostFunction::IsReadOnly => {
                let expected = u64::from(frame.read_only);
                ("read-only", expected.to_le_bytes().to_vec())
            }
            _ => return,
        };
        if told.as_ref() != Some(&expected) {
            let what = format!("{function:?} tells {frame:?} {told:?}, not {expected:?}");
            self.frames.find(kind, what);
        }
    }

    /// No function that writes comes back to a frame that is read-only, and no value goes to one.
    fn check_writes(&self, frame: &Asked, function: HostFunction, asked: Option<Asked>) {
        let is_call = function == HostFunction::Call;
        let sends = asked.is_some_and(|asked| is_call && asked.read_only && asked.value > 0);
        if (frame.read_only && function.writes_state()) || sends {
            let what = format!("{function:?} comes back to {frame:?}, which asked for {asked:?}");
            self.frames.find("read-only", what);
        }
    }
}

/// The message that a call asks for; `None` when it asks for none, or points outside of the memory.
fn asked(frame: &Asked, function: HostFunction, args: &[u64], memory: &[u8]) -> Option<Asked> {
    let account = |index: usize| bytes(memory, *args.get(index)?).map(AccountId);
    let balance = |index: usize| bytes(memory, *args.get(index)?).map(u128::from_le_bytes);
    let read_only = |index: usize| {
        let flags = u32::try_from(*args.get(index)?).ok()?;
        Some(frame.read_only || flags & CallFlags::READ_ONLY.bits() != 0)
    };
    let by_contract = Asked {
        caller: frame.contract,
        value: 0,
        ..*frame
    };
    match function {
        HostFunction::Call => Some(Asked {
            contract: account(0)?,
            value: balance(5)?,
            read_only: read_only(7)?,
            ..by_contract
        }),
        // The frame's caller and value stay.
        HostFunction::DelegateCall => Some(Asked {
            read_only: read_only(6)?,
            ..*frame
        }),
        HostFunction::Instantiate => {
            let code = CodeHash(account(0)?.0);
            Some(Asked {
                contract: contract_id(&frame.contract, &code, &account(1)?.0),
                value: balance(4)?,
                ..by_contract
            })
        }
        HostFunction::Upgrade => Some(by_contract),
        _ => None,
    }
}

/// What a function of the context told: what it wrote, or its value.
fn told(
    function: HostFunction,
    args: &[u64],
    memory: &[u8],
    value: Option<u64>,
) -> Option<Vec<u8>> {
    match function {
        HostFunction::Caller | HostFunction::SelfId | HostFunction::Origin => {
            bytes::<32>(memory, *args.first()?).map(|id| id.to_vec())
        }
        HostFunction::Value => bytes::<16>(memory, *args.first()?).map(|value| value.to_vec()),
        _ => value.map(|value| value.to_le_bytes().to_vec()),
    }
}

/// So many bytes at a pointer.
fn bytes<const N: usize>(memory: &[u8], pointer: u64) -> Option<[u8; N]> {
    let start = usize::try_from(pointer).ok()?;
    memory.get(start..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests;
