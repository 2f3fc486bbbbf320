//! What a transaction of a candidate does, in words.

use lockstep_vm::Action;

use super::candidate::Planned;
use super::surface::Surface;
use crate::scenario::Scenario;
use crate::value::{Decoded, decode_fields};

/// What a transaction does, with decoded arguments where the ABI tells their types.
pub(super) fn describe(planned: &Planned, scenario: &Scenario, surface: &Surface) -> String {
    let names = &scenario.names;
    let arguments = |input: &[u8]| {
        let method = surface.method(&planned.action)?;
        let fields = decode_fields(&method.params, input, names)?;
        Some(Decoded::Struct(fields).to_string())
    };
    let shown = |input: &[u8]| arguments(input).unwrap_or_else(|| names.show_bytes(input));
    match &planned.action {
        Action::Transfer { to, value } => {
            format!("transfer {value} to {}", names.show_account(to))
        }
        Action::Upload { code } => {
            format!("upload {}", names.show_code(&lockstep_vm::code_hash(code)))
        }
        Action::Instantiate { code, input, .. } => {
            format!("instantiate {} {}", names.show_code(code), shown(input))
        }
        Action::Call {
            contract,
            method,
            input,
            ..
        } => format!(
            "call {}.{method} {}",
            names.show_account(contract),
            shown(input)
        ),
        Action::Upgrade { contract, code, .. } => {
            let (contract, code) = (names.show_account(contract), names.show_code(code));
            format!("upgrade {contract} to {code}")
        }
    }
}
