//! An instance with its store: how it is made, runs a method, and is set back.

use lockstep_gas_meter::{
    GAS_EXPORT, GLOBAL_EXPORT_PREFIX, MEMORY_EXPORT, PROBE_EXPORT, PreparedModule, STACK_EXPORT,
};
use lockstep_vm::{Completion, EngineError, FinalState, HostCalls, MemoryPicture, Meter, Run};
use wasmtime::{Extern, Global, InstancePre, ModuleExport, Ref, Store, Val};

use super::failure::{completion, failed, refused};
use super::growth::Growth;
use super::host_call::{Handles, HostState, probe_func, read_meter, write_meter};

/// A linked module, and where it exports what the metering pass exports.
pub(super) struct Exports {
    linked: InstancePre<HostState>,
    gas: ModuleExport,
    stack: ModuleExport,
    memory: Option<ModuleExport>,
    globals: Vec<ModuleExport>,
    /// The table of the probes, when it was prepared for profiling.
    probes: Option<ModuleExport>,
    /// Whether an instance can be set back.
    resettable: bool,
}

/// An instance, its store, and what it looked like when it was made.
pub(super) struct Instance {
    store: Store<HostState>,
    instance: wasmtime::Instance,
    handles: Handles,
    globals: Vec<(Global, Val)>,
    /// `None` when it cannot be set back.
    picture: Option<MemoryPicture>,
}

impl Exports {
    /// Finds the exports.
    pub(super) fn new(
        linked: InstancePre<HostState>,
        prepared: &PreparedModule,
    ) -> Result<Exports, EngineError> {
        let module = linked.module();
        let required = |name: &str| {
            module
                .get_export_index(name)
                .ok_or_else(|| refused(format!("it does not export {name}")))
        };
        let globals = prepared.mutable_globals().iter();
        Ok(Exports {
            gas: required(GAS_EXPORT)?,
            stack: required(STACK_EXPORT)?,
            memory: module.get_export_index(MEMORY_EXPORT),
            globals: globals
                .map(|index| required(&format!("{GLOBAL_EXPORT_PREFIX}{index}")))
                .collect::<Result<_, _>>()?,
            probes: module.get_export_index(PROBE_EXPORT),
            resettable: prepared.is_resettable(),
            linked,
        })
    }

    /// A fresh instance; the inner error is the trap of segments that do not fit.
    pub(super) fn instantiate(&self) -> Result<Result<Instance, Completion>, EngineError> {
        let state = HostState {
            handles: None,
            growth: Growth::new(self.probes.is_some()),
        };
        let mut store = Store::new(self.linked.module().engine(), state);
        store.limiter(|state| &mut state.growth);
        let instance = match self.linked.instantiate(&mut store) {
            Ok(instance) => instance,
            Err(error) => return completion(&error).map(Err),
        };
        if let Some(probes) = &self.probes {
            set_probe(&mut store, &instance, probes)?;
        }
        let handles = self.handles(&mut store, &instance)?;
        store.data_mut().handles = Some(handles);
        let mut globals = Vec::new();
        for export in &self.globals {
            let global = global(&mut store, &instance, export)?;
            globals.push((global, global.get(&mut store)));
        }
        let picture = match self.resettable {
            true => MemoryPicture::new(handles.memory.map_or(&[], |memory| memory.data(&store))),
            false => None,
        };
        Ok(Ok(Instance {
            store,
            instance,
            handles,
            globals,
            picture,
        }))
    }

    /// Finds what a host call needs.
    fn handles(
        &self,
        store: &mut Store<HostState>,
        instance: &wasmtime::Instance,
    ) -> Result<Handles, EngineError> {
        let memory = self.memory.as_ref().and_then(|export| {
            let memory = instance.get_module_export(&mut *store, export);
            memory.and_then(Extern::into_memory)
        });
        Ok(Handles {
            gas: global(store, instance, &self.gas)?,
            stack: global(store, instance, &self.stack)?,
            memory,
        })
    }
}

/// An exported global.
fn global(
    store: &mut Store<HostState>,
    instance: &wasmtime::Instance,
    export: &ModuleExport,
) -> Result<Global, EngineError> {
    let global = instance.get_module_export(store, export);
    let global = global.and_then(Extern::into_global);
    global.ok_or_else(|| failed("what should be a global is none"))
}

/// Puts the function that probes call into their table.
fn set_probe(
    store: &mut Store<HostState>,
    instance: &wasmtime::Instance,
    probes: &ModuleExport,
) -> Result<(), EngineError> {
    let table = instance.get_module_export(&mut *store, probes);
    let table = table.and_then(Extern::into_table);
    let table = table.ok_or_else(|| failed("the probes are no table"))?;
    let element = Ref::Func(Some(probe_func(store)));
    table.set(store, 0, element).map_err(failed)
}

impl Instance {
    /// Sets the counters, runs the method and reads the counters.
    pub(super) fn run(&mut self, method: &str, start: Meter) -> Result<Run, EngineError> {
        let Instance {
            store,
            instance,
            handles,
            ..
        } = self;
        write_meter(&mut *store, *handles, start)?;
        let function = instance
            .get_typed_func::<(), ()>(&mut *store, method)
            .map_err(failed)?;
        let completion = match function.call(&mut *store, ()) {
            Ok(()) => Completion::Returned,
            Err(error) => completion(&error)?,
        };
        let pages = handles.memory.map_or(0, |memory| memory.size(&*store));
        Ok(Run {
            completion,
            meter: read_meter(&mut *store, *handles)?,
            memory_pages: u32::try_from(pages).map_err(failed)?,
        })
    }

    /// Shows a host what the run left behind.
    pub(super) fn show(&mut self, host: &mut dyn HostCalls) -> Result<(), EngineError> {
        let mut globals = Vec::with_capacity(self.globals.len());
        for (global, _) in &self.globals {
            globals.push(match global.get(&mut self.store) {
                Val::I32(value) => u64::from(value.cast_unsigned()),
                Val::I64(value) => value.cast_unsigned(),
                _ => return Err(failed("a global that is no integer")),
            });
        }
        let memory = self.handles.memory;
        host.final_state(FinalState {
            memory: memory.map_or(&[], |memory| memory.data(&self.store)),
            globals: &globals,
        });
        Ok(())
    }

    /// Makes it what it was when it was new. False when that cannot be.
    pub(super) fn reset(&mut self) -> Result<bool, EngineError> {
        let memory = match self.handles.memory {
            Some(memory) => memory.data_mut(&mut self.store),
            None => &mut [],
        };
        let picture = self.picture.as_ref();
        if !picture.is_some_and(|picture| picture.restore(memory)) {
            return Ok(false);
        }
        for (global, value) in &self.globals {
            global.set(&mut self.store, *value).map_err(failed)?;
        }
        Ok(true)
    }
}
