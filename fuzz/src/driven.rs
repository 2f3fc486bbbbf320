//! Engines that are not written in Rust: each in a process of its own, behind a driver in the engine's
//! own language.
//!
//! The driver instantiates the prepared bytes with imports of its own, and forwards each host call
//! over a pipe (`driven/pipe.rs`) with the counters and the memory that changed (`driven/mirror.rs`).
//! Requests nest as frames do. [`v8`](crate::v8) and [`wasm3`](crate::wasm3) have such drivers;
//! they say how to start theirs and what the words of its traps mean.

mod mirror;
mod pipe;

use std::cell::RefCell;
use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Engine, EngineError, EngineIdentity, HostCalls, Run, TrapCode,
};
use parking_lot::ReentrantMutex;

use self::pipe::Pipe;

/// What an engine's words for the end of a run mean; `None` when that is no trap of the guest.
pub(crate) type ReadTrap = fn(&str) -> Option<TrapCode>;

/// The environment's variable with the names, with commas between them, of the engines without which
/// a test must not pass.
const MUST_HAVE: &str = "LOCKSTEP_MUST_HAVE";

/// Says on the standard error that an engine is left out, and why.
///
/// # Panics
/// When [`MUST_HAVE`] names it.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says which engines must be there"
)]
pub(crate) fn leave_out(engine: &str, why: &str) {
    let required = std::env::var(MUST_HAVE).unwrap_or_default();
    let is_required = required.split(',').any(|name| name == engine);
    assert!(!is_required, "{MUST_HAVE} names {engine}: {why}");
    // What `eprintln!` says in a test that passes is not shown. That nobody reads it is no failure.
    let _ = writeln!(std::io::stderr(), "{engine} is left out: {why}");
}

/// A process that one thread at a time uses, as deep as its frames nest.
type Shared = Arc<ReentrantMutex<RefCell<Pipe>>>;

/// An engine in a process of its own.
pub(crate) struct DrivenEngine {
    identity: EngineIdentity,
    process: Shared,
}

impl DrivenEngine {
    /// Starts the driver.
    ///
    /// # Errors
    /// When it does not start or does not tell its version.
    pub(crate) fn start(
        name: &'static str,
        driver: Command,
        trap: ReadTrap,
    ) -> Result<DrivenEngine, EngineError> {
        let mut pipe = Pipe::start(name, driver, trap)?;
        // A few bytes for each process, which are not many.
        let version = pipe.version()?.leak();
        Ok(DrivenEngine {
            identity: EngineIdentity { name, version },
            process: Arc::new(ReentrantMutex::new(RefCell::new(pipe))),
        })
    }
}

impl Engine for DrivenEngine {
    fn identity(&self) -> EngineIdentity {
        self.identity
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let id = self.process.lock().borrow_mut().compile(module.bytes())?;
        Ok(Box::new(DrivenModule {
            id,
            process: Arc::clone(&self.process),
        }))
    }
}

/// A module that the process knows by its number.
struct DrivenModule {
    id: u32,
    process: Shared,
}

impl CompiledModule for DrivenModule {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        // The lock is held until the run is over; the pipe is borrowed for one message at a time,
        // so that the host can run another module meanwhile.
        let process = self.process.lock();
        pipe::run(&process, self.id, call, host)
    }
}

impl Drop for DrivenModule {
    fn drop(&mut self) {
        self.process.lock().borrow_mut().forget(self.id);
    }
}
