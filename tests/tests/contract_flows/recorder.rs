//! An engine that notes everything which goes in and out of its runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{PreparedModule, Protocol, prepare};
use lockstep_vm::{
    Call, CompiledModule, Completion, Engine, EngineError, EngineIdentity, HostCalls, Meter, Run,
    Unwind, WasmiEngine,
};

/// One run of a method.
pub(crate) struct RecordedRun {
    /// The module as it was uploaded.
    pub(crate) upload: Arc<[u8]>,
    pub(crate) method: String,
    /// The counters that it began with.
    pub(crate) start: Meter,
    /// The host calls in order, without those that other runs made in between.
    pub(crate) calls: Vec<RecordedCall>,
    pub(crate) completion: Completion,
    /// The counters that it ended with.
    pub(crate) after: Meter,
    /// See [`PreparedModule::unchecked_gas_max`].
    pub(crate) unchecked_gas_max: u64,
}

/// One call of the host.
pub(crate) struct RecordedCall {
    pub(crate) function: HostFunction,
    pub(crate) arguments: Vec<u64>,
    pub(crate) before: Meter,
    pub(crate) memory_before: Vec<u8>,
    /// The parts of the memory that the host changed, by where they begin.
    pub(crate) written: Vec<(usize, Vec<u8>)>,
    pub(crate) after: Meter,
    pub(crate) answer: Result<Option<u64>, Unwind>,
}

/// The runs so far.
pub(crate) type Runs = Arc<Mutex<Vec<RecordedRun>>>;

/// The engine.
pub(crate) struct Recorder {
    inner: WasmiEngine,
    /// The uploaded modules, by what they become when they are prepared.
    uploads: BTreeMap<Vec<u8>, Arc<[u8]>>,
    runs: Runs,
}

impl Recorder {
    /// An engine that knows these modules, as far as they are accepted.
    pub(crate) fn new<'u>(uploads: impl Iterator<Item = &'u [u8]>) -> Recorder {
        let uploads = uploads.filter_map(|upload| {
            let prepared = prepare(upload, &Protocol::v1()).ok()?;
            Some((prepared.bytes().to_vec(), Arc::from(upload)))
        });
        Recorder {
            inner: WasmiEngine::new(),
            uploads: uploads.collect(),
            runs: Runs::default(),
        }
    }

    /// Where the runs are noted.
    pub(crate) fn runs(&self) -> Runs {
        Arc::clone(&self.runs)
    }
}

impl Engine for Recorder {
    fn identity(&self) -> EngineIdentity {
        self.inner.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let upload = self.uploads.get(module.bytes());
        Ok(Box::new(RecordedModule {
            upload: Arc::clone(upload.expect("it was uploaded")),
            unchecked_gas_max: module.unchecked_gas_max(),
            inner: self.inner.compile(module)?,
            runs: self.runs(),
        }))
    }
}

struct RecordedModule {
    upload: Arc<[u8]>,
    unchecked_gas_max: u64,
    inner: Box<dyn CompiledModule>,
    runs: Runs,
}

impl CompiledModule for RecordedModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let mut tape = Tape {
            host,
            calls: Vec::new(),
        };
        let run = self.inner.run(call, &mut tape)?;
        let calls = tape.calls;
        self.runs
            .lock()
            .expect("no run panicked")
            .push(RecordedRun {
                upload: Arc::clone(&self.upload),
                method: call.method.to_owned(),
                start: call.meter().expect("it began"),
                calls,
                completion: run.completion,
                after: run.meter,
                unchecked_gas_max: self.unchecked_gas_max,
            });
        Ok(run)
    }
}

/// Hands calls on to the host and notes them.
struct Tape<'h> {
    host: &'h mut dyn HostCalls,
    calls: Vec<RecordedCall>,
}

impl HostCalls for Tape<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let (before, memory_before) = (*meter, memory.to_vec());
        let answer = self.host.call(function, args, memory, meter);
        self.calls.push(RecordedCall {
            function,
            arguments: args.to_vec(),
            before,
            written: changes(&memory_before, memory),
            memory_before,
            after: *meter,
            answer,
        });
        answer
    }
}

/// Where `after` differs from `before`, and what it has there.
fn changes(before: &[u8], after: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut written: Vec<(usize, Vec<u8>)> = Vec::new();
    let differs = before.iter().zip(after).enumerate();
    for (at, (_, byte)) in differs.filter(|(_, (before, after))| before != after) {
        match written.last_mut() {
            Some((start, bytes)) if *start + bytes.len() == at => bytes.push(*byte),
            _ => written.push((at, vec![*byte])),
        }
    }
    written
}
