//! An instance with its store: how it is made, runs a method and shows what it left behind.

use lockstep_abi::{HOST_MODULE, HostFunction};
use lockstep_gas_meter::{GAS_EXPORT, MEMORY_EXPORT, PROBE_EXPORT, STACK_EXPORT};
use lockstep_vm::{Completion, EngineError, FinalState, HostCalls, Meter, Run};
use wasmer::{FunctionEnv, Imports, Module, Store, Value};

use crate::failure::{completion, failed, of_instantiation, refused};
use crate::host_call::{
    Handles, State, host_function, probe, read_memory, read_meter, word, write_meter,
};

/// An instance and its store.
pub(crate) struct Instance {
    store: Store,
    instance: wasmer::Instance,
    handles: Handles,
}

impl Instance {
    /// A fresh instance; the inner error is the trap of segments that do not fit.
    pub(crate) fn new(
        engine: &wasmer::Engine,
        module: &Module,
    ) -> Result<Result<Instance, Completion>, EngineError> {
        let mut store = Store::new(engine.clone());
        let state = FunctionEnv::new(&mut store, State::None);
        let mut imports = Imports::new();
        for import in module.imports() {
            let function = HostFunction::from_name(import.name())
                .ok_or_else(|| refused(format!("it imports {}", import.name())))?;
            let function = host_function(&mut store, &state, function);
            imports.define(HOST_MODULE, import.name(), function);
        }
        let instance = match wasmer::Instance::new(&mut store, module, &imports) {
            Ok(instance) => instance,
            Err(error) => return of_instantiation(error).map(Err),
        };
        let exports = &instance.exports;
        let handles = Handles {
            gas: exports.get_global(GAS_EXPORT).map_err(failed)?.clone(),
            stack: exports.get_global(STACK_EXPORT).map_err(failed)?.clone(),
            memory: exports.get_memory(MEMORY_EXPORT).ok().cloned(),
        };
        *state.as_mut(&mut store) = Some(handles.clone());
        if let Ok(probes) = exports.get_table(PROBE_EXPORT) {
            let element = Value::FuncRef(Some(probe(&mut store)));
            probes.set(&mut store, 0, element).map_err(failed)?;
        }
        Ok(Ok(Instance {
            store,
            instance,
            handles,
        }))
    }

    /// Sets the counters, runs the method and reads the counters.
    pub(crate) fn run(&mut self, method: &str, start: Meter) -> Result<Run, EngineError> {
        let Instance {
            store,
            instance,
            handles,
        } = self;
        write_meter(store, handles, start).map_err(failed)?;
        let function = instance.exports.get_function(method).map_err(failed)?;
        let completion = match function.call(store, &[]) {
            Ok(_) => Completion::Returned,
            Err(error) => completion(&error)?,
        };
        let memory = handles.memory.as_ref();
        Ok(Run {
            completion,
            meter: read_meter(store, handles).map_err(failed)?,
            memory_pages: memory.map_or(0, |memory| memory.view(store).size().0),
        })
    }

    /// Shows a host what the run left behind, with the globals of these names.
    pub(crate) fn show(
        &mut self,
        globals: &[String],
        host: &mut dyn HostCalls,
    ) -> Result<(), EngineError> {
        let mut values = Vec::with_capacity(globals.len());
        for name in globals {
            let global = self.instance.exports.get_global(name).map_err(failed)?;
            let value = word(&global.get(&mut self.store));
            values.push(value.ok_or_else(|| failed("a global that is no integer"))?);
        }
        let memory = read_memory(&self.store, &self.handles).map_err(failed)?;
        host.final_state(FinalState {
            memory: &memory,
            globals: &values,
        });
        Ok(())
    }
}
