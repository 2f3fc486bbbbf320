//! The host with the faults: the real one, with its guests' calls changed on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lockstep_abi::{CallFlags, HostFunction};
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, FinalState, HostCalls, Meter, Run,
    Unwind,
};

use crate::script::Code;

/// What the host does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    CallerIsOrigin,
    SelfIsCaller,
    DelegateWithoutValue,
    ReadOnlyIgnored,
    ReadOnlyNotInherited,
    DelegateOfAnother,
    UpgradeToAnother,
    FailureIsSuccess,
    ReadsLess,
    ReturnedIsInput,
    ReadTraps,
    CallWithoutGas,
}

/// An engine whose guests call a host with a fault.
pub(super) fn around(inner: Box<dyn Engine>, kind: Kind) -> Box<dyn Engine> {
    Box::new(FaultyEngine {
        inner,
        kind,
        next: Arc::default(),
    })
}

/// What a host remembers of the call under way, for the frame that begins with it.
#[derive(Default)]
struct Next {
    is_delegate: AtomicBool,
    is_read_only: AtomicBool,
}

struct FaultyEngine {
    inner: Box<dyn Engine>,
    kind: Kind,
    next: Arc<Next>,
}

impl Engine for FaultyEngine {
    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        Ok(Box::new(FaultyModule {
            inner: self.inner.compile(module)?,
            kind: self.kind,
            next: Arc::clone(&self.next),
        }))
    }
}

struct FaultyModule {
    inner: Box<dyn CompiledModule>,
    kind: Kind,
    next: Arc<Next>,
}

impl CompiledModule for FaultyModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let mut faulty = FaultyHost {
            inner: host,
            kind: self.kind,
            is_delegate: self.next.is_delegate.swap(false, Ordering::SeqCst),
            is_read_only: self.next.is_read_only.swap(false, Ordering::SeqCst),
            next: &self.next,
        };
        self.inner.run(call, &mut faulty)
    }
}

struct FaultyHost<'a> {
    inner: &'a mut dyn HostCalls,
    kind: Kind,
    is_delegate: bool,
    /// Whether the frame's own call is read-only, where the real host does not know it.
    is_read_only: bool,
    next: &'a Next,
}

impl HostCalls for FaultyHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        match (self.kind, function) {
            (Kind::CallerIsOrigin, HostFunction::Caller) => {
                self.inner.call(HostFunction::Origin, args, memory, meter)
            }
            (Kind::SelfIsCaller, HostFunction::SelfId) => {
                self.inner.call(HostFunction::Caller, args, memory, meter)
            }
            (Kind::DelegateWithoutValue, HostFunction::Value) if self.is_delegate => {
                let answer = self.inner.call(function, args, memory, meter)?;
                let place = args.first().and_then(|place| usize::try_from(*place).ok());
                let place = place.and_then(|start| memory.get_mut(start..)?.get_mut(..16));
                place.into_iter().for_each(|value| value.fill(0));
                Ok(answer)
            }
            (Kind::ReadOnlyNotInherited, HostFunction::IsReadOnly) if self.is_read_only => {
                let answer = self.inner.call(function, args, memory, meter)?;
                Ok(answer.map(|_| 1))
            }
            (Kind::ReadOnlyNotInherited, _) if self.is_read_only && function.writes_state() => {
                self.trap(function, args, memory, meter)
            }
            (Kind::DelegateOfAnother, HostFunction::DelegateCall)
            | (Kind::UpgradeToAnother, HostFunction::Upgrade) => {
                self.send_another_code(function, args, memory, meter)
            }
            (Kind::FailureIsSuccess, HostFunction::Call) => {
                let answer = self.inner.call(function, args, memory, meter)?;
                Ok(answer.map(|_| 0))
            }
            (Kind::ReadsLess, HostFunction::StorageRead) => {
                let mut args = args.to_vec();
                if let Some(capacity) = args.get_mut(3) {
                    *capacity = (*capacity).min(8);
                }
                self.inner.call(function, &args, memory, meter)
            }
            (Kind::ReturnedIsInput, HostFunction::ReturnedLength) => {
                let function = HostFunction::InputLength;
                self.inner.call(function, args, memory, meter)
            }
            (Kind::ReadTraps, HostFunction::StorageRead) => {
                let answer = self.inner.call(function, args, memory, meter)?;
                match answer {
                    Some(9) => self.trap(function, args, memory, meter),
                    _ => Ok(answer),
                }
            }
            (Kind::CallWithoutGas, HostFunction::Call) => {
                let mut args = args.to_vec();
                args.iter_mut().skip(6).take(1).for_each(|limit| *limit = 0);
                self.inner.call(function, &args, memory, meter)
            }
            (_, HostFunction::Call) => self.send(function, (args, 7), memory, meter),
            (_, HostFunction::DelegateCall) => self.send(function, (args, 6), memory, meter),
            _ => self.inner.call(function, args, memory, meter),
        }
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

impl FaultyHost<'_> {
    /// The call with pointers to where nothing lies, so that it traps.
    fn trap(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let nowhere = vec![u64::from(u32::MAX); args.len()];
        self.inner.call(function, &nowhere, memory, meter)
    }

    /// A message with the other of the two codes in place of the one at the first argument.
    fn send_another_code(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let place = args.first().and_then(|place| usize::try_from(*place).ok());
        let swap = |memory: &mut [u8], bytes: [u8; 32]| {
            let code = place.and_then(|start| memory.get_mut(start..)?.first_chunk_mut());
            code.map(|code: &mut [u8; 32]| std::mem::replace(code, bytes))
        };
        let codes = [Code::First.hash().0, Code::Second.hash().0];
        let asked = swap(memory, codes[0]).unwrap_or_default();
        let sent = match codes.iter().position(|code| *code == asked) {
            Some(number) => codes[1 - number],
            None => asked,
        };
        swap(memory, sent);
        let answer = self.inner.call(function, args, memory, meter);
        swap(memory, asked);
        answer
    }

    /// A call whose flags are the argument of a number.
    fn send(
        &mut self,
        function: HostFunction,
        (args, flags): (&[u64], usize),
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let mut args = args.to_vec();
        let read_only = u64::from(CallFlags::READ_ONLY.bits());
        if let (Kind::ReadOnlyIgnored | Kind::ReadOnlyNotInherited, Some(flags)) =
            (self.kind, args.get_mut(flags))
        {
            let is_read_only = self.kind == Kind::ReadOnlyNotInherited && *flags & read_only != 0;
            self.next.is_read_only.store(is_read_only, Ordering::SeqCst);
            *flags &= !read_only;
        }
        let is_delegate = function == HostFunction::DelegateCall;
        self.next.is_delegate.store(is_delegate, Ordering::SeqCst);
        let answer = self.inner.call(function, &args, memory, meter);
        self.next.is_delegate.store(false, Ordering::SeqCst);
        self.next.is_read_only.store(false, Ordering::SeqCst);
        answer
    }
}
