//! Names in values: `@alice` for an account, `@token` for a contract or for code.

use std::ops::Range;

use super::decoded::Identifier;
use super::number::hex_bytes;
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;
use crate::value::counted;

/// The names that a scenario gives to accounts, contracts and code.
pub(crate) trait Lookup {
    /// The bytes that a name (without `@`) stands for.
    fn find(&self, kind: Identifier, name: &str) -> Option<[u8; 32]>;
    /// Every name of that kind.
    fn names(&self, kind: Identifier) -> Vec<String>;
    /// `@name`, or hexadecimal when the bytes have no name.
    fn shown(&self, kind: Identifier, bytes: &[u8; 32]) -> String;
}

/// A value that does not fit its type, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) span: Range<usize>,
    pub(crate) code: ProblemCode,
    pub(crate) message: String,
    pub(crate) bound: Option<(String, String)>,
    pub(crate) help: String,
}

impl Mismatch {
    pub(super) fn new(span: Range<usize>, message: String, help: String) -> Mismatch {
        Mismatch {
            span,
            code: ProblemCode::ScenarioArgument,
            message,
            bound: None,
            help,
        }
    }
}

/// All in a value that does not fit its type; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatches(pub(crate) Vec<Mismatch>);

impl From<Mismatch> for Mismatches {
    fn from(mismatch: Mismatch) -> Mismatches {
        Mismatches(vec![mismatch])
    }
}

/// The 32 bytes that `@name` or `0x...` stands for.
pub(crate) fn identifier(
    kind: Identifier,
    text: &str,
    span: Range<usize>,
    names: &dyn Lookup,
) -> Result<[u8; 32], Mismatch> {
    if let Some(name) = text.strip_prefix('@') {
        return names
            .find(kind, name)
            .ok_or_else(|| unknown_name(kind, name, span, names));
    }
    let bytes = hex_bytes(text).and_then(|bytes| {
        let length = bytes.len();
        <[u8; 32]>::try_from(bytes)
            .map_err(|_| format!("{} where 32 are needed", counted(length, "byte")))
    });
    bytes.map_err(|message| Mismatch {
        code: ProblemCode::ScenarioHex,
        ..Mismatch::new(
            span,
            message,
            "write \"@name\" or \"0x\" and 64 hexadecimal digits".into(),
        )
    })
}

fn unknown_name(kind: Identifier, name: &str, span: Range<usize>, names: &dyn Lookup) -> Mismatch {
    let what = match kind {
        Identifier::Account => "account or contract",
        Identifier::Code => "code",
        Identifier::Hash => "hash",
    };
    let help = did_you_mean(name, &names.names(kind));
    Mismatch {
        code: ProblemCode::ScenarioUnknownName,
        ..Mismatch::new(span, format!("there is no {what} named \"{name}\""), help)
    }
}
