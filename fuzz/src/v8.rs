//! V8, through Node.js: two more compilers that share nothing with the machine's engine.
//!
//! [`V8Engine`] is an engine like the others, so it can stand wherever one can: beside wasmi in
//! [`engine_agreement`](crate::engine_agreement), and under whole scenarios in the worlds of
//! `lockstep fuzz det`. It starts `node` with `v8/driver.js`, which instantiates the prepared
//! bytes with imports written in JavaScript, and forwards each host call over a pipe (`v8/pipe.rs`)
//! with the counters and the memory that changed (`v8/mirror.rs`). Requests nest as frames do.
//!
//! V8 says of an indirect call through an empty element and of one to a function of another type
//! that it was "null function or function signature mismatch". Both become
//! [`TrapCode::SignatureMismatch`] here, and [`V8Engine::as_it_tells`] makes another engine's
//! answer as coarse. It answers `memory.grow` with -1 when the machine has no memory for it, as
//! wasmi 1.0 does; on a machine with too little memory that shows as a difference.

mod mirror;
mod pipe;

use std::cell::RefCell;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{
    Call, CompiledModule, Completion, Engine, EngineError, EngineIdentity, HostCalls, Run, TrapCode,
};
use parking_lot::ReentrantMutex;

use self::pipe::Pipe;

/// Which of V8's compilers for Wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V8Compiler {
    /// The one that compiles in a single pass.
    Liftoff,
    /// The optimising one.
    TurboFan,
}

impl V8Compiler {
    /// Both.
    pub const ALL: [V8Compiler; 2] = [V8Compiler::Liftoff, V8Compiler::TurboFan];

    /// The engine's name with this compiler.
    pub const fn name(self) -> &'static str {
        match self {
            V8Compiler::Liftoff => "v8-liftoff",
            V8Compiler::TurboFan => "v8-turbofan",
        }
    }

    /// The flags of V8 that choose it.
    const fn flags(self) -> [&'static str; 2] {
        match self {
            V8Compiler::Liftoff => ["--liftoff-only", "--no-wasm-lazy-compilation"],
            V8Compiler::TurboFan => ["--no-liftoff", "--no-wasm-lazy-compilation"],
        }
    }
}

/// A process that one thread at a time uses, as deep as its frames nest.
type Shared = Arc<ReentrantMutex<RefCell<Pipe>>>;

/// V8 with one of its compilers, in a process of its own.
pub struct V8Engine {
    compiler: V8Compiler,
    version: &'static str,
    process: Shared,
}

impl V8Engine {
    /// Whether this machine has a `node` that starts. When it has none, says so on the standard
    /// error, because a test that leaves V8 out should not do so in silence.
    pub fn is_installed() -> bool {
        let mut command = Command::new("node");
        let status = command.arg("--version").stdout(Stdio::null()).status();
        let installed = status.is_ok_and(|status| status.success());
        if !installed {
            eprintln!("V8 is left out: there is no `node` here; install Node.js 20 or later");
        }
        installed
    }

    /// Starts a process.
    ///
    /// # Errors
    /// When `node` does not start or does not know the compiler's flags.
    pub fn new(compiler: V8Compiler) -> Result<V8Engine, EngineError> {
        static VERSION: OnceLock<String> = OnceLock::new();
        let mut pipe = Pipe::start(compiler.name(), &compiler.flags())?;
        let version = pipe.version()?;
        Ok(V8Engine {
            compiler,
            version: VERSION.get_or_init(|| version),
            process: Arc::new(ReentrantMutex::new(RefCell::new(pipe))),
        })
    }

    /// How V8 tells that a run ended so: it does not tell an empty element of a table from one of
    /// another type.
    pub fn as_it_tells(completion: Completion) -> Completion {
        match completion {
            Completion::Trapped(TrapCode::IndirectCallNull) => {
                Completion::Trapped(TrapCode::SignatureMismatch)
            }
            other => other,
        }
    }
}

impl Engine for V8Engine {
    fn identity(&self) -> EngineIdentity {
        EngineIdentity {
            name: self.compiler.name(),
            version: self.version,
        }
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        let id = self.process.lock().borrow_mut().compile(module.bytes())?;
        Ok(Box::new(V8Module {
            id,
            process: Arc::clone(&self.process),
        }))
    }
}

/// A module that the process knows by its number.
struct V8Module {
    id: u32,
    process: Shared,
}

impl CompiledModule for V8Module {
    fn run(&self, call: Call<'_>, host: &mut dyn HostCalls) -> Result<Run, EngineError> {
        // The lock is held until the run is over; the pipe is borrowed for one message at a time,
        // so that the host can run another module meanwhile.
        let process = self.process.lock();
        pipe::run(&process, self.id, call, host)
    }
}

impl Drop for V8Module {
    fn drop(&mut self) {
        self.process.lock().borrow_mut().forget(self.id);
    }
}

/// Reads what V8 says of a trap.
fn trap(text: &str) -> Option<TrapCode> {
    let code = match text.strip_prefix("RuntimeError: ")? {
        "unreachable" => TrapCode::Unreachable,
        "memory access out of bounds" | "WebAssembly.Instance(): data segment is out of bounds" => {
            TrapCode::MemoryOutOfBounds
        }
        "table index is out of bounds" | "WebAssembly.Instance(): table index is out of bounds" => {
            TrapCode::TableOutOfBounds
        }
        "null function or function signature mismatch" => TrapCode::SignatureMismatch,
        "divide by zero" | "remainder by zero" => TrapCode::DivisionByZero,
        "divide result unrepresentable" => TrapCode::IntegerOverflow,
        // Newer versions name the segment and its bounds.
        other if other.starts_with("WebAssembly.Instance(): data segment ") => {
            TrapCode::MemoryOutOfBounds
        }
        other if other.starts_with("WebAssembly.Instance(): table ") => TrapCode::TableOutOfBounds,
        _ => return None,
    };
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::trap;
    use lockstep_vm::TrapCode;

    #[test]
    fn only_traps_of_the_guest_are_traps() {
        assert_eq!(
            trap("RuntimeError: unreachable"),
            Some(TrapCode::Unreachable)
        );
        assert_eq!(trap("RangeError: Maximum call stack size exceeded"), None);
        assert_eq!(trap("RuntimeError: something new"), None);
    }
}
