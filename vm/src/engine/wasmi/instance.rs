//! An instance with its store: how it is made, runs a method, and is set back.

use lockstep_gas_meter::{GAS_EXPORT, MEMORY_EXPORT, PROBE_EXPORT, STACK_EXPORT};
use wasmi::{AsContext, Extern, Global, Nullable, Store, StoreLimits, TypedFunc, Val};

use super::WasmiModule;
use super::configuration::store_limits;
use super::failure::{completion, failed};
use super::host_call::{Handles, host_func, probe_func};
use crate::engine::reuse::MemoryPicture;
use crate::engine::{Completion, EngineError, FinalState, HostCalls, Meter, Run};

/// What a store carries.
pub(super) struct GuestState {
    /// What a host call needs, once the instance exists.
    pub(super) handles: Option<Handles>,
    limits: StoreLimits,
}

/// An instance, its store, and what it looked like when it was made.
pub(super) struct Instance {
    store: Store<GuestState>,
    instance: wasmi::Instance,
    handles: Handles,
    globals: Vec<(Global, Val)>,
    /// The method that ran last: the next run is often one of the same.
    last: Option<(String, TypedFunc<(), ()>)>,
    /// `None` when it cannot be set back.
    picture: Option<MemoryPicture>,
}

impl Instance {
    /// A fresh instance, linked; the inner error is the trap of segments that do not fit.
    pub(super) fn instantiate(
        module: &WasmiModule,
    ) -> Result<Result<Instance, Completion>, EngineError> {
        let state = GuestState {
            handles: None,
            limits: store_limits(module.probed),
        };
        let mut store = Store::new(module.module.engine(), state);
        store.limiter(|state| &mut state.limits);
        let imports: Vec<Extern> = module
            .imports
            .iter()
            .map(|(function, ty)| Extern::from(host_func(&mut store, *function, ty.clone())))
            .collect();
        let instance = match wasmi::Instance::new(&mut store, &module.module, &imports) {
            Ok(instance) => instance,
            Err(error) => return completion(&error).map(Err),
        };
        if module.probed {
            set_probe(&mut store, instance)?;
        }
        let global = |name: &str| {
            instance
                .get_global(&store, name)
                .ok_or_else(|| failed(format!("the global {name} is not exported")))
        };
        let handles = Handles {
            gas: global(GAS_EXPORT)?,
            stack: global(STACK_EXPORT)?,
            memory: instance.get_memory(&store, MEMORY_EXPORT),
        };
        let globals = module
            .globals
            .iter()
            .map(|name| global(name).map(|global| (global, global.get(&store))))
            .collect::<Result<_, _>>()?;
        let picture = match module.resettable {
            true => MemoryPicture::new(handles.memory.map_or(&[], |memory| memory.data(&store))),
            false => None,
        };
        store.data_mut().handles = Some(handles);
        Ok(Ok(Instance {
            store,
            instance,
            handles,
            globals,
            last: None,
            picture,
        }))
    }

    /// Sets the counters, runs the method and reads the counters.
    pub(super) fn run(&mut self, method: &str, start: Meter) -> Result<Run, EngineError> {
        let function = self.method(method)?;
        let Instance { store, handles, .. } = self;
        handles.set_meter(&mut *store, start).map_err(failed)?;
        let completion = match function.call(&mut *store, ()) {
            Ok(()) => Completion::Returned,
            Err(error) => completion(&error)?,
        };
        let pages = handles.memory.map_or(0, |memory| memory.size(&*store));
        Ok(Run {
            completion,
            meter: handles.meter(&*store).map_err(failed)?,
            memory_pages: u32::try_from(pages).map_err(failed)?,
        })
    }

    /// The exported function of this name.
    fn method(&mut self, name: &str) -> Result<TypedFunc<(), ()>, EngineError> {
        if let Some((last, function)) = &self.last
            && last == name
        {
            return Ok(*function);
        }
        let function = self.instance.get_typed_func(&self.store, name);
        let function = function.map_err(failed)?;
        self.last = Some((name.to_owned(), function));
        Ok(function)
    }

    /// Shows a host what the run left behind.
    pub(super) fn show(&self, host: &mut dyn HostCalls) -> Result<(), EngineError> {
        let value = |(global, _): &(Global, Val)| match global.get(&self.store) {
            Val::I32(value) => Ok(u64::from(value.cast_unsigned())),
            Val::I64(value) => Ok(value.cast_unsigned()),
            _ => Err(failed("a global that is no integer")),
        };
        let globals = self.globals.iter().map(value);
        let globals = globals.collect::<Result<Vec<_>, _>>()?;
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
            global.set(&mut self.store, value.clone()).map_err(failed)?;
        }
        Ok(true)
    }
}

/// Puts the function that probes call into their table.
fn set_probe(store: &mut Store<GuestState>, instance: wasmi::Instance) -> Result<(), EngineError> {
    let table = instance
        .get_table(store.as_context(), PROBE_EXPORT)
        .ok_or_else(|| failed("the table of the probes is not exported"))?;
    let element = Nullable::from(probe_func(&mut *store)).into();
    table.set(store, 0, element).map_err(failed)
}
