//! An engine with faults: wasmi, between which and the host something goes wrong.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, FinalState, HostCalls, Meter, Run,
    Unwind, WasmiEngine,
};

/// What a faulty engine does wrong.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// It loses one gas before the second host call.
    Gas,
    /// It hands over another pointer in the third host call.
    Argument,
    /// It changes a byte of memory before the third host call.
    Memory,
    /// It leaves another byte in memory than its code wrote, where no host call looks.
    Left,
    /// It leaves another value in a global than its code set, which nothing reads any more.
    Global,
    /// It fails when the run is over.
    Crash,
    /// It loses one gas before the host call [`LATE`].
    LateGas,
    /// It loses one gas there, and fails when the run is over.
    LateCrash,
}

/// A host call, counted from 1, that is far behind the begin of its transaction.
pub(crate) const LATE: u32 = 30_000;

pub(crate) struct Faulty(pub(crate) Fault);

impl Engine for Faulty {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: "faulty",
            version: "0",
        }
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        Ok(Box::new(FaultyModule(
            WasmiEngine::new().compile(module)?,
            self.0,
        )))
    }
}

struct FaultyModule(Box<dyn CompiledModule>, Fault);

impl CompiledModule for FaultyModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let mut host = FaultyHost {
            host,
            fault: self.1,
            calls: 0,
        };
        let run = self.0.run(call, &mut host)?;
        match self.1 {
            Fault::Crash | Fault::LateCrash => Err(EngineError::Failed {
                engine: "faulty",
                reason: "as planned".to_string(),
            }),
            _ => Ok(run),
        }
    }
}

struct FaultyHost<'h> {
    host: &'h mut dyn HostCalls,
    fault: Fault,
    calls: u32,
}

impl HostCalls for FaultyHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        self.calls += 1;
        let mut args = args.to_vec();
        match (self.fault, self.calls) {
            (Fault::Gas, 2) | (Fault::LateGas | Fault::LateCrash, LATE) => meter.gas -= 1,
            (Fault::Argument, 3) => args[0] = 8,
            (Fault::Memory, 3) => memory[39] ^= 1,
            _ => {}
        }
        self.host.call(function, &args, memory, meter)
    }

    fn wants_final_state(&self) -> bool {
        self.host.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        let mut memory = left.memory.to_vec();
        if let Fault::Left = self.fault {
            memory[99] ^= 1;
        }
        let mut globals = left.globals.to_vec();
        if let Fault::Global = self.fault {
            globals[0] ^= 1;
        }
        self.host.final_state(FinalState {
            memory: &memory,
            globals: &globals,
        });
    }
}
