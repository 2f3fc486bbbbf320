//! An instance with its store: how it is made, what it holds, and how it is set back.
//!
//! Host functions are linked when it is made. They all do the same: they leave the call in the
//! store and stop the interpreter; see `run`.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{GAS_EXPORT, MEMORY_EXPORT, PROBE_EXPORT, STACK_EXPORT};
use wasmi::{
    AsContext, AsContextMut, Caller, Extern, Func, FuncType, Global, Memory, Nullable, Store,
    StoreLimits, Val,
};

use super::WasmiModule;
use super::configuration::store_limits;
use super::failure::{Paused, broken, completion, failed};
use crate::engine::reuse::MemoryPicture;
use crate::engine::{Completion, EngineError, Meter};

/// The most parameters a host function has.
const PARAMS_MAX: usize = 8;

/// Probes that are collected before the host hears of them.
const PROBES_MAX: usize = 4096;

/// Why the interpreter stopped and waits to go on.
#[derive(Clone, Copy)]
pub(super) enum Request {
    /// The guest called a host function.
    Host {
        function: HostFunction,
        args: [u64; PARAMS_MAX],
        params: usize,
    },
    /// There is no room for more probes. A probe gives its operand back.
    ProbesFull { operand: i32 },
}

/// What a store carries.
pub(super) struct GuestState {
    /// What the guest waits for.
    pub(super) request: Option<Request>,
    /// Numbers and operands of the probes that were reached and not yet reported, in order.
    pub(super) probes: Vec<(u32, u32)>,
    limits: StoreLimits,
}

/// An instance, its store, and what it looked like when it was made.
pub(super) struct Instance {
    pub(super) store: Store<GuestState>,
    pub(super) instance: wasmi::Instance,
    pub(super) memory: Option<Memory>,
    gas: Global,
    stack: Global,
    globals: Vec<(Global, Val)>,
    /// `None` when it cannot be set back.
    picture: Option<MemoryPicture>,
}

impl Instance {
    /// A fresh instance, linked; the inner error is the trap of segments that do not fit.
    pub(super) fn instantiate(
        module: &WasmiModule,
    ) -> Result<Result<Instance, Completion>, EngineError> {
        let state = GuestState {
            request: None,
            probes: Vec::new(),
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
        let (gas, stack) = (global(GAS_EXPORT)?, global(STACK_EXPORT)?);
        let globals = module
            .globals
            .iter()
            .map(|name| global(name).map(|global| (global, global.get(&store))))
            .collect::<Result<_, _>>()?;
        let memory = instance.get_memory(&store, MEMORY_EXPORT);
        let picture = match module.resettable {
            true => MemoryPicture::new(memory.map_or(&[], |memory| memory.data(&store))),
            false => None,
        };
        Ok(Ok(Instance {
            store,
            instance,
            memory,
            gas,
            stack,
            globals,
            picture,
        }))
    }

    /// Makes it what it was when it was new. False when that cannot be.
    pub(super) fn reset(&mut self) -> Result<bool, EngineError> {
        let memory = match self.memory {
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

    /// The counters.
    pub(super) fn meter(&self) -> Result<Meter, EngineError> {
        match (self.gas.get(&self.store), self.stack.get(&self.store)) {
            (Val::I64(gas), Val::I32(stack)) => Ok(Meter { gas, stack }),
            _ => Err(failed("the counters have other types")),
        }
    }

    /// Sets the counters.
    pub(super) fn set_meter(&mut self, meter: Meter) -> Result<(), EngineError> {
        let Meter { gas, stack } = meter;
        let set = self.gas.set(&mut self.store, Val::I64(gas));
        set.map_err(failed)?;
        let set = self.stack.set(&mut self.store, Val::I32(stack));
        set.map_err(failed)
    }
}

/// The one shape that all host functions have: the interpreter stops with the arguments noted.
fn host_func(
    mut store: impl AsContextMut<Data = GuestState>,
    function: HostFunction,
    ty: FuncType,
) -> Func {
    let pause = move |mut caller: Caller<'_, GuestState>, params: &[Val], _: &mut [Val]| {
        let mut args = [0_u64; PARAMS_MAX];
        if params.len() > PARAMS_MAX {
            return Err(broken("too many parameters"));
        }
        for (arg, param) in args.iter_mut().zip(params) {
            *arg = match param {
                Val::I32(value) => u64::from(value.cast_unsigned()),
                Val::I64(value) => value.cast_unsigned(),
                _ => return Err(broken("an argument that is no integer")),
            };
        }
        caller.data_mut().request = Some(Request::Host {
            function,
            args,
            params: params.len(),
        });
        Err(wasmi::Error::host(Paused))
    };
    Func::new(store.as_context_mut(), ty, pause)
}

/// Puts the function that probes call into their table.
fn set_probe(store: &mut Store<GuestState>, instance: wasmi::Instance) -> Result<(), EngineError> {
    let table = instance
        .get_table(store.as_context(), PROBE_EXPORT)
        .ok_or_else(|| failed("the table of the probes is not exported"))?;
    let probe = |mut caller: Caller<'_, GuestState>, operand: i32, number: i32| {
        let state = caller.data_mut();
        let probe = (number.cast_unsigned(), operand.cast_unsigned());
        state.probes.push(probe);
        if state.probes.len() < PROBES_MAX {
            return Ok(operand);
        }
        state.request = Some(Request::ProbesFull { operand });
        Err(wasmi::Error::host(Paused))
    };
    let function = Func::wrap(&mut *store, probe);
    let element = Nullable::from(function).into();
    table.set(store, 0, element).map_err(failed)
}
