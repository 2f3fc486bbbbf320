//! An engine whose guests are watched as they call the host: what each call asks for, and what it
//! is answered.
//!
//! It stands between the guest and the host and takes arguments and answers out of the guest's own
//! memory. From the calls it makes frames of its own ([`AskedFrames`]), and the host must tell each
//! frame what these say: its caller, its contract, its value, the sender of the transaction, the block,
//! and whether it is read-only. In a frame that is read-only no function that writes may come back.
//! Each call must do what it asks for and nothing else (`wanted`), come to what the model says, and end
//! its frame only when there is a reason (`trap`).
//! How a frame ends it sees itself, so that it knows whether anything may be left of it.

mod guest;
mod trap;
mod wanted;

use lockstep_abi::{CallStatus, CodeHash, HostFunction};
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Completion, Engine, EngineError, EngineIdentity, FinalState, HostCalls,
    Meter, Run, Unwind,
};

use super::asked::{Asked, AskedFrames};
use super::model::prepared_codes;
use super::waiting::Ending;
use super::{BLOCK, SENDER};
use guest::{Guest, sent};
use trap::{gas_sent, may_trap};
use wanted::{Wanted, ending, wanted};

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
            code: code_of(module),
            frames: self.frames.clone(),
        }))
    }
}

/// Which of the codes a module was made of, by its bytes.
fn code_of(module: &PreparedModule) -> Option<CodeHash> {
    let mut prepared = prepared_codes().iter();
    let found = prepared.find(|(_, known)| known.bytes() == module.bytes());
    found.map(|(hash, _)| *hash)
}

struct BetweenModule {
    inner: Box<dyn CompiledModule>,
    code: Option<CodeHash>,
    frames: AskedFrames,
}

impl CompiledModule for BetweenModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        self.frames.begin(self.code);
        let mut between = BetweenHost {
            inner: host,
            frames: &self.frames,
            ending: None,
        };
        let run = self.inner.run(call, &mut between);
        let ending = match &run {
            Ok(run) if run.completion == Completion::Returned && run.meter.gas >= 0 => {
                Ending::bare(CallStatus::Success)
            }
            Ok(run) if run.completion == Completion::Unwound => {
                let asked = between.ending;
                asked.unwrap_or(Ending::bare(CallStatus::Trapped))
            }
            _ => Ending::bare(CallStatus::Trapped),
        };
        self.frames.end(ending);
        run
    }
}

struct BetweenHost<'h> {
    inner: &'h mut dyn HostCalls,
    frames: &'h AskedFrames,
    /// How the guest asked for its end.
    ending: Option<Ending>,
}

impl HostCalls for BetweenHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let Some(frame) = self.frames.running() else {
            return self.inner.call(function, args, memory, meter);
        };
        let guest = Guest { args, memory };
        let mut asked = sent(&frame, function, &guest);
        if let Some(asked) = &mut asked {
            asked.gas = gas_sent(function, &guest, meter.gas);
        }
        let ends = ending(self.frames, &frame, function, &guest);
        let mut wanted = wanted(self.frames, &frame, function, &guest);
        let is_right = wanted.is_some() || ends.is_some();
        let by = (&*meter, wanted.as_ref());
        let must_not_trap = is_right && !may_trap(self.frames, &frame, function, &guest, by);
        let (changes, gas) = (self.frames.changes(), meter.gas);
        if let Some(asked) = asked.clone() {
            self.frames.ask(asked);
        }
        let answer = self.inner.call(function, args, memory, meter);
        let came_back = answer.is_ok();
        let came = asked.as_ref();
        let came = came.and_then(|_| self.frames.answered(came_back));
        if let (Some(wanted), Some((ending, model))) = (&mut wanted, came) {
            wanted.come_to(&ending, model);
        }
        match (&answer, ends) {
            (Ok(value), _) => {
                let told = Guest { args, memory }.told(function, *value);
                self.check_told(&frame, function, told, meter);
                self.check_writes(&frame, function, asked.map(|sent| sent.frame));
                self.check(&frame, function, wanted, (*value, memory, changes));
            }
            // What cannot be paid takes no gas.
            (Err(Unwind), Some(ends)) if meter.gas < gas => {
                self.end(&frame, function, ends, changes)
            }
            (Err(Unwind), _) if must_not_trap => {
                let what = format!(
                    "{function:?} of {:?} traps without a reason",
                    frame.contract
                );
                self.frames.find("asked", what);
            }
            (Err(Unwind), _) => {}
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
    fn check_told(
        &self,
        frame: &Asked,
        function: HostFunction,
        told: Option<Vec<u8>>,
        meter: &Meter,
    ) {
        let (kind, expected) = match function {
            HostFunction::Caller => ("context", frame.caller.0.to_vec()),
            HostFunction::SelfId => ("context", frame.contract.0.to_vec()),
            HostFunction::Origin => ("context", SENDER.0.to_vec()),
            HostFunction::Value => ("context", frame.value.to_le_bytes().to_vec()),
            HostFunction::BlockHeight => ("context", BLOCK.height.to_le_bytes().to_vec()),
            HostFunction::BlockTimestamp => ("context", BLOCK.timestamp_ms.to_le_bytes().to_vec()),
            HostFunction::ChainId => ("context", BLOCK.chain_id.to_le_bytes().to_vec()),
            HostFunction::GasLeft => ("context", meter.gas.to_le_bytes().to_vec()),
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

    /// A call that came back did what it was to do: its value, what it wrote, and how often the state
    /// had changed before it.
    fn check(
        &self,
        frame: &Asked,
        function: HostFunction,
        wanted: Option<Wanted>,
        (value, memory, changes): (Option<u64>, &[u8], u64),
    ) {
        let find = |what: String| {
            let what = format!("{function:?} of {:?} {what}", frame.contract);
            self.frames.find("asked", what);
        };
        let Some(wanted) = wanted else {
            return find("comes back".to_string());
        };
        if wanted.value.is_some() && wanted.value != value {
            find(format!("comes to {value:?}, not {:?}", wanted.value));
        }
        if let Some((start, expected)) = wanted.lies {
            let found = memory
                .get(start..)
                .and_then(|rest| rest.get(..expected.len()));
            if found != Some(&expected) {
                find(format!("writes {found:?}, not {expected:?}"));
            }
        }
        match wanted.model {
            Some(model) => self.frames.must_hold(&model, &(function, frame.contract)),
            None if self.frames.changes() != changes => find("changes the state".to_string()),
            None => {}
        }
    }

    /// A call that the guest ended its frame with was paid for.
    fn end(
        &mut self,
        frame: &Asked,
        function: HostFunction,
        (ending, model): (Ending, Option<super::model::Model>),
        changes: u64,
    ) {
        match model {
            Some(model) => self.frames.must_hold(&model, &(function, frame.contract)),
            None if self.frames.changes() != changes => {
                let what = format!("{function:?} of {:?} changes the state", frame.contract);
                self.frames.find("asked", what);
            }
            None => {}
        }
        self.ending = Some(ending);
    }
}

#[cfg(test)]
mod tests;
