//! What a transaction does, in words.

use lockstep_vm::{Action, Receipt, Status};

use super::surface::Surface;
use crate::printable::printable;
use crate::scenario::Names;
use crate::value::{Decoded, decode, decode_fields};

/// The output of a transaction, decoded where the ABI tells its type: the method's output, or its
/// error when it reverted. That of a panic is text.
pub(super) fn describe_output(
    action: &Action,
    receipt: &Receipt,
    names: &Names,
    surface: &Surface,
) -> String {
    if receipt.status == Status::Panicked {
        return Decoded::Text(String::from_utf8_lossy(&receipt.output).into_owned()).to_string();
    }
    let is_call = matches!(action, Action::Call { .. });
    let method = surface.method(action).filter(|_| is_call);
    let ty = method.and_then(|method| match receipt.status {
        Status::Success => Some(&method.output),
        Status::Reverted => method.error.as_ref(),
        _ => None,
    });
    let decoded = ty.and_then(|ty| decode(ty, &receipt.output, names));
    match decoded {
        Some(decoded) => decoded.to_string(),
        None => names.show_bytes(&receipt.output),
    }
}

/// What a transaction does, with decoded arguments where the ABI tells their types.
pub(super) fn describe(action: &Action, names: &Names, surface: &Surface) -> String {
    let arguments = |input: &[u8]| {
        let method = surface.method(action)?;
        let fields = decode_fields(&method.params, input, names)?;
        Some(Decoded::Struct(fields).to_string())
    };
    let shown = |input: &[u8]| arguments(input).unwrap_or_else(|| names.show_bytes(input));
    match action {
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
            "call {}.{} {}",
            names.show_account(contract),
            printable(method),
            shown(input)
        ),
        Action::Upgrade { contract, code, .. } => {
            let (contract, code) = (names.show_account(contract), names.show_code(code));
            format!("upgrade {contract} to {code}")
        }
    }
}
