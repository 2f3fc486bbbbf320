//! wasm3, through Python: an interpreter of another kind, whose operators are C functions that call
//! each other.
//!
//! [`Wasm3Engine`] starts `python3` with `wasm3/driver.py`, which runs the prepared bytes in wasm3
//! 0.5.0 by the package `pywasm3`, and talks to it over a pipe (`driven.rs`). It stands beside wasmi
//! in [`engine_agreement`](crate::engine_agreement) and nowhere else, because it runs one module at
//! a time.
//!
//! wasm3 0.5.0 has `memory.copy` and `memory.fill`, and not the rest of bulk memory. A module with
//! passive segments is refused here, and the judge leaves wasm3 out where it refuses a module. It
//! does not read how large a table is declared: an element segment that leaves the table is refused
//! here, too, and an empty element behind the last filled one is out of bounds to it. Both that and
//! any other empty element become [`TrapCode::TableOutOfBounds`], and [`Wasm3Engine::as_it_tells`]
//! makes another engine's answer as coarse. Code that it compiles wrongly is refused here, too
//! (`wasm3/wide_slots.rs`).

mod wide_slots;

use std::path::Path;
use std::process::{Command, Stdio};

use lockstep_gas_meter::PreparedModule;
use lockstep_vm::{CompiledModule, Completion, Engine, EngineError, EngineIdentity, TrapCode};
use wasmparser::{DataKind, Element, ElementItems, ElementKind, Operator, Parser, Payload};

use crate::driven::{DrivenEngine, leave_out};

/// wasm3, in a process of its own.
pub struct Wasm3Engine(DrivenEngine);

impl Wasm3Engine {
    /// The engine's name.
    pub const NAME: &str = "wasm3";

    /// Whether this machine has a `python3` with the package `pywasm3`. When it has none, says so on
    /// the standard error, because a test that leaves wasm3 out should not do so in silence.
    ///
    /// # Panics
    /// When it has none and `LOCKSTEP_MUST_HAVE` names `wasm3`.
    pub fn is_installed() -> bool {
        let mut command = Command::new("python3");
        command.args(["-c", "import wasm3"]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let installed = status.is_ok_and(|status| status.success());
        if !installed {
            leave_out(
                Self::NAME,
                "there is no `python3` here that has `pywasm3` 0.5.0",
            );
        }
        installed
    }

    /// Starts a process.
    ///
    /// # Errors
    /// When `python3` does not start or does not have the package.
    pub fn new() -> Result<Wasm3Engine, EngineError> {
        let mut driver = Command::new("python3");
        driver.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wasm3/driver.py"));
        DrivenEngine::start(Self::NAME, driver, trap).map(Wasm3Engine)
    }

    /// How wasm3 tells that a run ended so: an empty element is to it out of the table's bounds.
    pub fn as_it_tells(completion: Completion) -> Completion {
        match completion {
            Completion::Trapped(TrapCode::IndirectCallNull) => {
                Completion::Trapped(TrapCode::TableOutOfBounds)
            }
            other => other,
        }
    }
}

impl Engine for Wasm3Engine {
    fn identity(&self) -> EngineIdentity {
        self.0.identity()
    }

    fn compile(&self, module: &PreparedModule) -> Result<Box<dyn CompiledModule>, EngineError> {
        if let Some(what) = lacked(module.bytes()) {
            return Err(EngineError::Refused {
                engine: Self::NAME,
                reason: what.to_string(),
            });
        }
        self.0.compile(module)
    }
}

/// What of a module wasm3 would read as something else, or not at all.
fn lacked(module: &[u8]) -> Option<&'static str> {
    let mut table = 0;
    for payload in Parser::new(0).parse_all(module).flatten() {
        let lacked = match payload {
            Payload::TableSection(tables) => {
                let sizes = tables.into_iter().flatten().map(|table| table.ty.initial);
                table += sizes.sum::<u64>();
                None
            }
            Payload::ElementSection(segments) => segments
                .into_iter()
                .flatten()
                .find(|segment| leaves(segment, table))
                .map(|_| "an element segment leaves the table, whose size it does not know"),
            Payload::DataSection(segments) => segments
                .into_iter()
                .flatten()
                .find(|segment| matches!(segment.kind, DataKind::Passive))
                .map(|_| "it has no passive segments"),
            _ => None,
        };
        if lacked.is_some() {
            return lacked;
        }
    }
    wide_slots::are_miscounted(module)
        .unwrap_or(true)
        .then_some("it loses count of a local of 64 bits that is copied for two operands")
}

/// Whether a segment does not fit into a table of this size. Its offset is a constant, because no
/// global is imported.
fn leaves(segment: &Element<'_>, table: u64) -> bool {
    let ElementKind::Active { offset_expr, .. } = &segment.kind else {
        return false;
    };
    let offset = match offset_expr.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => u64::from(value.cast_unsigned()),
        _ => return true,
    };
    let count = match &segment.items {
        ElementItems::Functions(functions) => functions.count(),
        ElementItems::Expressions(_, expressions) => expressions.count(),
    };
    offset + u64::from(count) > table
}

/// Reads what wasm3 says of a trap; it may add where that was.
fn trap(text: &str) -> Option<TrapCode> {
    let code = match text.split(" (").next()? {
        "[trap] unreachable executed" => TrapCode::Unreachable,
        "[trap] out of bounds memory access" | "data segment out of bounds" => {
            TrapCode::MemoryOutOfBounds
        }
        "[trap] undefined element" | "[trap] null table element" => TrapCode::TableOutOfBounds,
        "[trap] indirect call type mismatch" => TrapCode::SignatureMismatch,
        "[trap] integer divide by zero" => TrapCode::DivisionByZero,
        "[trap] integer overflow" => TrapCode::IntegerOverflow,
        _ => return None,
    };
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::{lacked, trap};
    use lockstep_vm::TrapCode;

    #[test]
    fn only_traps_of_the_guest_are_traps() {
        let text = "[trap] unreachable executed (func 3)";
        assert_eq!(trap(text), Some(TrapCode::Unreachable));
        assert_eq!(trap("[trap] stack overflow"), None);
        assert_eq!(trap("wasm3 died of signal 11"), None);
    }

    #[test]
    fn what_wasm3_would_misread_is_found() {
        let lacked = |text| lacked(&wat::parse_str(text).expect("a module")).is_some();
        assert!(lacked("(module (memory 1) (data \"a\"))"));
        assert!(!lacked("(module (memory 1) (data (i32.const 0) \"a\"))"));
        assert!(lacked(
            "(module (table 1 funcref) (elem (i32.const 1) $f) (func $f))"
        ));
        assert!(!lacked(
            "(module (table 2 funcref) (elem (i32.const 1) $f) (func $f))"
        ));
    }
}
