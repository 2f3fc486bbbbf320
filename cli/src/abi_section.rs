//! Finding and reading the ABI that a contract carries in its custom section.
//!
//! The section comes from whoever wrote the module and is not trusted: it may only be so long, since
//! it takes many times its bytes when it is read, its type tree may only nest so deep, its names
//! are printed and may neither steer a terminal nor fill it, and an unreadable one counts as none.

mod names;
#[cfg(test)]
mod tests;

use lockstep_abi::{ABI_SECTION_NAME, ABI_VERSION, ContractAbi};
use parity_scale_codec::{DecodeLimit, Error};

/// How deep lists and boxes may nest in the section.
const DEPTH_MAX: u32 = 64;

/// The most bytes of the section, which are those of a module that can be uploaded.
const SECTION_BYTES_MAX: usize = 1 << 20;

/// The bytes before a module's first section: magic and version.
const HEADER_BYTES: usize = 8;

/// What a module says about its ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AbiSection {
    /// It has no such section.
    Missing,
    /// It has one that cannot be read, for this reason.
    Unreadable(String),
    /// It describes two contracts at least, of which these are the first.
    Several([String; 2]),
    /// It has one.
    Found(Box<ContractAbi>),
}

impl AbiSection {
    /// Looks for the section in a module. Malformed modules have none.
    pub fn of(module: &[u8]) -> AbiSection {
        let content = match custom_sections(module, ABI_SECTION_NAME).as_slice() {
            [] => return AbiSection::Missing,
            [content] => *content,
            several => {
                let message = format!("the module has {} such sections", several.len());
                return AbiSection::Unreadable(message);
            }
        };
        if content.len() > SECTION_BYTES_MAX {
            let bytes = content.len();
            let message =
                format!("the section has {bytes} bytes; at most {SECTION_BYTES_MAX} are read");
            return AbiSection::Unreadable(message);
        }
        match content.split_first() {
            None => AbiSection::Unreadable("the section is empty".to_string()),
            Some((&ABI_VERSION, mut encoded)) => {
                match ContractAbi::decode_with_depth_limit(DEPTH_MAX, &mut encoded) {
                    Ok(abi) if encoded.is_empty() => of_names(abi),
                    Ok(first) => followed_by(first, encoded),
                    Err(error) => AbiSection::Unreadable(innermost(&error)),
                }
            }
            Some((version, _)) => {
                let message = format!("its version is {version}; this program reads {ABI_VERSION}");
                AbiSection::Unreadable(message)
            }
        }
    }

    /// The ABI, if there is a readable one.
    pub fn found(self) -> Option<ContractAbi> {
        match self {
            AbiSection::Found(abi) => Some(*abi),
            AbiSection::Missing | AbiSection::Unreadable(_) | AbiSection::Several(_) => None,
        }
    }
}

/// The section with this description, unless a name in it is not taken.
fn of_names(abi: ContractAbi) -> AbiSection {
    match names::refusal(&abi) {
        None => AbiSection::Found(Box::new(abi)),
        Some(reason) => AbiSection::Unreadable(reason),
    }
}

/// What the decoder met, without the types on the way there, each of which has a line.
fn innermost(error: &Error) -> String {
    let chain = error.to_string();
    chain.lines().last().unwrap_or_default().trim().to_string()
}

/// What is wrong with a module of several contracts, and what to do about it.
pub(crate) fn several(contracts: &[String; 2]) -> (String, &'static str) {
    let [first, second] = contracts;
    let (first, second) = (first.escape_default(), second.escape_default());
    let message = format!("the module has the methods of two contracts, `{first}` and `{second}`");
    let help = "a contract's crate is among the dependencies, or `#[contract]` stands twice; put what others need into a crate of its own, without `#[contract]`";
    (message, help)
}

/// A section with more bytes than the first contract takes. The linker puts the sections of all
/// crates together, so that more contracts can follow.
fn followed_by(first: ContractAbi, rest: &[u8]) -> AbiSection {
    if let Some((&ABI_VERSION, mut encoded)) = rest.split_first()
        && let Ok(second) = ContractAbi::decode_with_depth_limit(DEPTH_MAX, &mut encoded)
    {
        return AbiSection::Several([first.name, second.name]);
    }
    AbiSection::Unreadable("bytes follow the contract's description".to_string())
}

/// The content of the first custom section of that name.
pub(crate) fn custom_section<'a>(module: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    custom_sections(module, wanted).first().copied()
}

/// The contents of all custom sections of that name, as far as the module is well formed.
fn custom_sections<'a>(module: &'a [u8], wanted: &str) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut rest = module.get(HEADER_BYTES..).unwrap_or_default();
    while let Some((section, after)) = next_section(rest) {
        rest = after;
        if let Some((name, content)) = section
            && name == wanted.as_bytes()
        {
            found.push(content);
        }
    }
    found
}

/// A custom section's name and content.
type Custom<'a> = (&'a [u8], &'a [u8]);

/// The section that comes first, if it is a custom one, and the bytes after it.
fn next_section(bytes: &[u8]) -> Option<(Option<Custom<'_>>, &[u8])> {
    let (id, after) = bytes.split_first()?;
    let (size, after) = leb128(after)?;
    let (content, after) = after.split_at_checked(usize::try_from(size).ok()?)?;
    if *id != 0 {
        return Some((None, after));
    }
    let (length, named) = leb128(content)?;
    let custom = named.split_at_checked(usize::try_from(length).ok()?)?;
    Some((Some(custom), after))
}

/// An unsigned 32-bit number in LEB128, and what follows it.
pub(crate) fn leb128(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut number = 0_u64;
    for (position, byte) in bytes.iter().enumerate().take(5) {
        number |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(number).ok()?, bytes.get(position + 1..)?));
        }
    }
    None
}
