//! One module, made ready once for any number of pairs of instances.

use std::rc::Rc;

use lockstep_gas_meter::{PrepareError, PreparedModule, Protocol, prepare};
use lockstep_reference::{Instance, Module};
use wasmi::Engine;

use crate::allowance::Allowance;
use crate::host::ScriptedHost;
use crate::metered::Compiled;
use crate::pair::{Pair, PairError};

/// A module on both sides: instrumented and translated for wasmi, decoded for the reference.
#[derive(Debug)]
pub struct Subject {
    module: Rc<Module>,
    compiled: Compiled,
    host: ScriptedHost,
    allowance: Allowance,
    memory_pages_max: u32,
}

impl Subject {
    /// Has the metering pass prepare a module.
    ///
    /// # Errors
    /// [`PairError::Refused`].
    ///
    /// # Panics
    /// As [`Subject::new`].
    pub fn prepare(
        engine: &Engine,
        bytes: &[u8],
        protocol: &Protocol,
        host: &ScriptedHost,
    ) -> Result<Subject, PairError> {
        match prepare(bytes, protocol) {
            Ok(prepared) => Ok(Subject::new(engine, bytes, &prepared, protocol, host)),
            Err(PrepareError::Refused(refusal)) => Err(PairError::Refused(refusal)),
            Err(PrepareError::Internal(error)) => panic!("{error}"),
        }
    }

    /// Takes a module that was prepared before.
    ///
    /// # Panics
    /// When the sides differ in the size of a function's frame, or when the reference or the
    /// engine does not know something that the metering pass accepts.
    pub fn new(
        engine: &Engine,
        bytes: &[u8],
        prepared: &PreparedModule,
        protocol: &Protocol,
        host: &ScriptedHost,
    ) -> Subject {
        let module = Module::decode(bytes, &protocol.schedule)
            .expect("the reference knows everything that is accepted");
        same_frames(prepared, &module);
        Subject {
            module: Rc::new(module),
            compiled: Compiled::new(engine, prepared.bytes()),
            host: host.clone(),
            allowance: Allowance::of(prepared),
            memory_pages_max: protocol.limits.memory_pages_max,
        }
    }

    /// The module, as the reference interpreter decoded it.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Fresh instances on both sides.
    ///
    /// # Errors
    /// [`PairError::Traps`].
    ///
    /// # Panics
    /// When the sides differ in whether the module can be instantiated.
    pub fn pair(&self) -> Result<Pair, PairError> {
        let reference = Instance::new(&self.module, self.memory_pages_max);
        let metered = self.compiled.instantiate(self.host.clone());
        match (metered, reference) {
            (Ok(metered), Ok(reference)) => {
                let (module, host) = (&self.module, &self.host);
                Ok(Pair::of(module, metered, reference, host, self.allowance))
            }
            (Err(metered), Err(reference)) if metered == reference => {
                Err(PairError::Traps(reference))
            }
            (metered, reference) => panic!(
                "instantiation differs: metered {:?}, reference {:?}",
                metered.err(),
                reference.err()
            ),
        }
    }
}

/// Compares what each function takes from the stack bound; a call gives back what it took, so that
/// no call that returns would show a difference.
fn same_frames(prepared: &PreparedModule, module: &Module) {
    let metered: Vec<u64> = prepared
        .functions()
        .iter()
        .map(|function| u64::from(function.frame_slots))
        .collect();
    let reference: Vec<u64> = (0..module.function_count())
        .map(|index| module.frame_slots(index))
        .collect();
    assert_eq!(metered, reference, "frame slots: metered, reference");
}
