//! What executes: a protocol, an engine, and the code that was made ready so far.

use lockstep_gas_meter::Protocol;

use crate::code_cache::CodeCache;
use crate::engine::Engine;
use crate::engine::wasmi::WasmiEngine;

/// A protocol version bound to an engine. It holds no state of any chain: its cache only saves
/// work, and results are the same with an empty one.
///
/// When the engine's native stack ends before the metered one, the transaction runs again on the
/// interpreter wasmi, which needs none for the guest's frames.
pub struct Machine {
    protocol: Protocol,
    engine: Box<dyn Engine>,
    /// Made when it is needed first.
    interpreter: Option<WasmiEngine>,
    cache: CodeCache,
}

impl Machine {
    /// A machine with an empty cache of the default size.
    pub fn new(protocol: Protocol, engine: Box<dyn Engine>) -> Machine {
        Machine::with_cache(protocol, engine, CodeCache::default())
    }

    /// A machine with this cache, which may hold code from other machines.
    pub fn with_cache(protocol: Protocol, engine: Box<dyn Engine>, cache: CodeCache) -> Machine {
        Machine {
            protocol,
            engine,
            interpreter: None,
            cache,
        }
    }

    /// The rules and prices it executes by.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The engine it runs Wasm on.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// The code that is ready to run.
    pub fn cache(&self) -> &CodeCache {
        &self.cache
    }

    /// The code that is ready to run, for a machine of other rules or with another engine: of what the
    /// cache holds, each takes only what was made ready for it.
    pub fn into_cache(self) -> CodeCache {
        self.cache
    }

    /// The parts with the interpreter in the place of the engine.
    pub(crate) fn parts_on_interpreter(&mut self) -> (&Protocol, &dyn Engine, &mut CodeCache) {
        let interpreter = self.interpreter.get_or_insert_with(WasmiEngine::new);
        (&self.protocol, interpreter, &mut self.cache)
    }

    /// All parts at once, so that they can be borrowed side by side.
    pub(crate) fn parts(&mut self) -> (&Protocol, &dyn Engine, &mut CodeCache) {
        (&self.protocol, self.engine.as_ref(), &mut self.cache)
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("protocol", &self.protocol.version)
            .field("engine", &self.engine.identity())
            .finish_non_exhaustive()
    }
}
