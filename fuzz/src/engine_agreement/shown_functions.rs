//! A method for each function that a generated module exports, written as text.

use std::fmt::Write;

use crate::control_flow::print::print;
use crate::control_flow::syntax::{Module, SIGNATURES, Type};

/// The numbers that arguments are taken from.
const NUMBERS: [i64; 7] = [0, 1, 2, 5, 13, 0x7fff_fff8, -3];

/// The module's text with a method for each exported function.
pub(super) fn with_methods(seed: u64, module: &Module) -> String {
    let mut text = print(module);
    text.truncate(text.rfind(')').unwrap_or(text.len()));
    for (position, function) in module.functions.iter().enumerate() {
        if !function.exported {
            continue;
        }
        let (params, results) = SIGNATURES[function.signature];
        let _ = writeln!(
            text,
            "(func (export \"m{position}\") (local $i32 i32) (local $i64 i64)"
        );
        for (index, ty) in params.iter().enumerate() {
            let draw = (seed as usize / 2 + position + 3 * index) % NUMBERS.len();
            let _ = writeln!(text, "  {}.const {}", ty.name(), NUMBERS[draw]);
        }
        let _ = writeln!(text, "  call $f{position}");
        for ty in results.iter().rev() {
            let _ = writeln!(text, "  local.set ${}", ty.name());
        }
        text.push_str(&show("local.get $i32", "local.get $i64"));
        text.push_str(&show("global.get $g0", "global.get $g1"));
        text.push_str(")\n");
    }
    text.push_str(")\n");
    text
}

/// Hands an i32 and an i64 to the host.
fn show(word: &str, long: &str) -> String {
    format!(
        "  {word} {long} i32.wrap_i64 {long} i64.const 32 i64.shr_u i32.wrap_i64 i32.const -1\n  \
         call $emit_event\n"
    )
}

// One local of each type holds all results of any signature.
const _: () = assert!(matches!(SIGNATURES[4].1, [Type::I32, Type::I64]));
