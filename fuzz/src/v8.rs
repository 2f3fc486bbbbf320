//! V8, through Node.js: two more compilers that share nothing with the machine's engine.
//!
//! [`V8Engine`] is an engine like the others, so it can stand wherever one can: beside wasmi in
//! [`engine_agreement`](crate::engine_agreement), and under whole scenarios in the worlds of
//! `lockstep fuzz det`. It starts `node` with `v8/driver.js`, which instantiates the prepared
//! bytes with imports written in JavaScript, and forwards each host call over a pipe (`driven.rs`) with
//! the counters and the memory that changed.
//!
//! V8 says of an indirect call through an empty element and of one to a function of another type
//! that it was "null function or function signature mismatch". Both become
//! [`TrapCode::SignatureMismatch`] here, and [`V8Engine::as_it_tells`] makes another engine's
//! answer as coarse. It answers `memory.grow` with -1 when the machine has no memory for it, as
//! wasmi 1.0 does; on a machine with too little memory that shows as a difference.

use std::path::Path;
use std::process::{Command, Stdio};

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{CompiledModule, Completion, Engine, EngineError, EngineIdentity, TrapCode};

use crate::driven::{DrivenEngine, leave_out};

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

/// V8 with one of its compilers, in a process of its own.
pub struct V8Engine(DrivenEngine);

impl V8Engine {
    /// Whether this machine has a `node` that starts. When it has none, says so on the standard
    /// error, because a test that leaves V8 out should not do so in silence.
    ///
    /// # Panics
    /// When it has none and `LOCKSTEP_MUST_HAVE` names `v8`.
    pub fn is_installed() -> bool {
        let mut command = Command::new("node");
        let status = command.arg("--version").stdout(Stdio::null()).status();
        let installed = status.is_ok_and(|status| status.success());
        if !installed {
            leave_out("v8", "there is no `node` here; install Node.js 20 or later");
        }
        installed
    }

    /// Starts a process.
    ///
    /// # Errors
    /// When `node` does not start or does not know the compiler's flags.
    pub fn new(compiler: V8Compiler) -> Result<V8Engine, EngineError> {
        let mut driver = Command::new("node");
        driver
            .args(compiler.flags())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/v8/driver.js"));
        DrivenEngine::start(compiler.name(), driver, trap).map(V8Engine)
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
        self.0.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        self.0.compile(module)
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
