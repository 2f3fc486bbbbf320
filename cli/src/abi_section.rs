//! Finding and reading the ABI that a contract carries in its custom section.
//!
//! The section comes from whoever wrote the module and is not trusted: its type tree may only
//! nest so deep, its names are printed and may neither steer a terminal nor fill it, and an
//! unreadable one counts as none.

mod names;

use lockstep_abi::{ABI_SECTION_NAME, ABI_VERSION, ContractAbi};
use parity_scale_codec::{DecodeLimit, Error};

/// How deep lists and boxes may nest in the section.
const DEPTH_MAX: u32 = 64;

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

#[cfg(test)]
mod tests {
    use super::AbiSection;
    use lockstep_abi::{
        ABI_SECTION_NAME, ContractAbi, EventAbi, Field, Method, MethodKind, Type, Variant,
    };
    use parity_scale_codec::Encode;

    fn module(content: &[u8]) -> Vec<u8> {
        let name = ABI_SECTION_NAME.as_bytes();
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend([0, 3, 1, b'x', 9]);
        let size = u8::try_from(name.len() + content.len() + 1).expect("a small section");
        module.extend([0, size | 0x80, size >> 7]);
        module.push(u8::try_from(name.len()).expect("a short name"));
        module.extend(name);
        module.extend(content);
        module
    }

    fn abi(ty: Type) -> ContractAbi {
        let method = Method {
            name: "f".into(),
            docs: String::new(),
            kind: MethodKind::Call,
            mutates: false,
            payable: false,
            params: vec![Field {
                name: "x".into(),
                ty,
            }],
            output: Type::Unit,
            error: None,
        };
        ContractAbi {
            name: "C".into(),
            docs: String::new(),
            methods: vec![method],
            events: vec![],
        }
    }

    #[test]
    fn the_section_is_found_after_others() {
        let abi = abi(Type::U8);
        let content = [vec![1], abi.encode()].concat();
        assert_eq!(
            AbiSection::of(&module(&content)),
            AbiSection::Found(Box::new(abi))
        );
        assert_eq!(AbiSection::of(b"\0asm\x01\0\0\0"), AbiSection::Missing);
        assert_eq!(AbiSection::of(b"garbage"), AbiSection::Missing);
    }

    #[test]
    fn what_cannot_be_read_counts_as_none() {
        let one = [vec![1], abi(Type::U8).encode()].concat();
        let trailing = [&one[..], &[0]].concat();
        for content in [&[][..], &[2, 0], &[1, 0xff, 0xff], &trailing] {
            let section = AbiSection::of(&module(content));
            assert!(matches!(section, AbiSection::Unreadable(_)), "{content:?}");
            assert_eq!(section.found(), None);
        }
    }

    #[test]
    fn one_of_two_sections_is_not_chosen() {
        let one = module(&[vec![1], abi(Type::U8).encode()].concat());
        let twice = [&one[..], &one[8..]].concat();
        let message = "the module has 2 such sections".to_string();
        assert_eq!(AbiSection::of(&twice), AbiSection::Unreadable(message));
    }

    #[test]
    fn a_name_that_would_steer_a_terminal_is_refused() {
        let text = "\u{1b}[2J".to_string();
        let named = |ty| Field {
            name: "x".into(),
            ty,
        };
        let inner = Type::Enum {
            name: "E".into(),
            variants: vec![Variant {
                name: text.clone(),
                index: 0,
                fields: vec![],
            }],
        };
        let mut of_contract = abi(Type::U8);
        of_contract.name.clone_from(&text);
        let mut of_method = abi(Type::U8);
        of_method.methods[0].name.clone_from(&text);
        let mut of_error = abi(Type::U8);
        of_error.methods[0].error = Some(inner.clone());
        let mut of_event = abi(Type::U8);
        of_event.events.push(EventAbi {
            name: "E\u{202e}".into(),
            docs: String::new(),
            fields: vec![],
            topics: vec![],
        });
        let fields = vec![named(Type::List(Box::new(inner)))];
        let name = "S".into();
        let of_type = abi(Type::Struct { name, fields });
        for abi in [of_contract, of_method, of_error, of_event, of_type] {
            let content = [vec![1], abi.encode()].concat();
            let AbiSection::Unreadable(reason) = AbiSection::of(&module(&content)) else {
                panic!("{abi:?} is readable");
            };
            assert!(reason.contains("\\u{"), "{reason}");
        }
        let mut documented = abi(Type::U8);
        documented.docs = "two\nlines".into();
        let content = [vec![1], documented.encode()].concat();
        assert!(AbiSection::of(&module(&content)).found().is_some());
    }

    #[test]
    fn two_contracts_are_told_apart() {
        let one = [vec![1], abi(Type::U8).encode()].concat();
        let mut other = abi(Type::Unit);
        other.name = "D".into();
        let content = [one, vec![1], other.encode()].concat();
        let section = AbiSection::of(&module(&content));
        assert_eq!(section, AbiSection::Several(["C".into(), "D".into()]));
        assert_eq!(section.found(), None);
    }

    #[test]
    fn a_type_that_nests_without_end_is_refused() {
        let mut ty = Type::U8;
        for _ in 0..100 {
            ty = Type::Option(Box::new(ty));
        }
        let content = [vec![1], abi(ty).encode()].concat();
        let section = AbiSection::of(&module(&content[..content.len().min(100)]));
        let AbiSection::Unreadable(reason) = section else {
            panic!("{section:?}");
        };
        assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
    }
}
