//! Engines with faults: wasmi, between which and the host something goes wrong.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, FinalState, HostCalls, Meter, Run,
    Unwind, WasmiEngine,
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// A gas is lost with every write to the storage.
    Gas,
    /// Another key of the storage is written to.
    Elsewhere,
    /// Another byte is left in memory, where no host call looks.
    Left,
    /// The engine fails at the end of a run that writes to the storage.
    Fails,
}

impl Fault {
    pub(super) const ALL: [Fault; 4] = [Fault::Gas, Fault::Elsewhere, Fault::Left, Fault::Fails];
}

/// An engine of some name with a fault.
pub(super) struct Faulty {
    pub(super) name: &'static str,
    pub(super) fault: Fault,
}

struct FaultyModule(Box<dyn CompiledModule>, Fault);

struct FaultyHost<'h> {
    host: &'h mut dyn HostCalls,
    fault: Fault,
    writes: u32,
}

impl Engine for Faulty {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: self.name,
            version: "0",
        }
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let module = WasmiEngine::new().compile(module)?;
        Ok(Box::new(FaultyModule(module, self.fault)))
    }
}

impl CompiledModule for FaultyModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        let mut host = FaultyHost {
            host,
            fault: self.1,
            writes: 0,
        };
        let run = self.0.run(call, &mut host)?;
        match (self.1, host.writes) {
            (Fault::Fails, 1..) => Err(EngineError::Failed {
                engine: "faulty",
                reason: "as planned".to_string(),
            }),
            _ => Ok(run),
        }
    }
}

impl HostCalls for FaultyHost<'_> {
    fn call(
        &mut self,
        function: HostFunction,
        args: &[u64],
        memory: &mut [u8],
        meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        let mut args = args.to_vec();
        if function == HostFunction::StorageWrite {
            self.writes += 1;
            match self.fault {
                Fault::Gas => meter.gas -= 1,
                Fault::Elsewhere => args[1] -= 1,
                Fault::None | Fault::Left | Fault::Fails => {}
            }
        }
        self.host.call(function, &args, memory, meter)
    }

    fn wants_final_state(&self) -> bool {
        self.host.wants_final_state()
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        let mut memory = left.memory.to_vec();
        if self.fault == Fault::Left {
            memory[99] ^= 1;
        }
        self.host.final_state(FinalState {
            memory: &memory,
            globals: left.globals,
        });
    }
}
