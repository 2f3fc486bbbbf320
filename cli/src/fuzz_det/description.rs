//! What a transaction does, in words.

use lockstep_vm::{Action, Receipt, Status};

use super::surface::Surface;
use crate::printable::{at_most, printable};
use crate::scenario::Names;
use crate::value::{Decoded, decode, decode_fields};

/// How many bytes the text of a value may have, and how many more for each byte of it: parts without
/// bytes have names, too, and a bundle has many transactions.
const TEXT_BYTES: usize = 4_096;
const TEXT_BYTES_PER_BYTE: usize = 64;

/// A value that was decoded from bytes; only its beginning when it is far longer than they are.
fn shown_value(value: &Decoded, bytes: &[u8]) -> String {
    let more = bytes.len().saturating_mul(TEXT_BYTES_PER_BYTE);
    at_most(value, TEXT_BYTES.saturating_add(more))
}

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
        Some(decoded) => shown_value(&decoded, &receipt.output),
        None => names.show_bytes(&receipt.output),
    }
}

/// What a transaction does, with decoded arguments where the ABI tells their types.
pub(super) fn describe(action: &Action, names: &Names, surface: &Surface) -> String {
    let arguments = |input: &[u8]| {
        let method = surface.method(action)?;
        let fields = decode_fields(&method.params, input, names)?;
        Some(shown_value(&Decoded::Struct(fields), input))
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

#[cfg(test)]
mod tests {
    use super::{Decoded, shown_value};

    #[test]
    fn a_value_is_cut_when_it_is_far_longer_than_its_bytes() {
        let list = Decoded::List(vec![Decoded::Unit; 99_998]);
        let shown = shown_value(&list, &[0x7a, 0x1a, 6, 0]);
        assert_eq!(shown.len(), 4_096 + 4 * 64);
        assert!(shown.starts_with("[(), ()") && shown.ends_with("..."));
        let whole = Decoded::Bytes(vec![7; 10_000]);
        assert_eq!(shown_value(&whole, &[7; 10_000]), whole.to_string());
    }
}
