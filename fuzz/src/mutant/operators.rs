//! Small changes to the code of a module that most often leave it valid: an operator becomes another
//! of the same type, a constant, an index, a branch's depth or an offset becomes another.

use wasmparser::{Operator, Parser, Payload};

use crate::generators::Rng;

/// Opcodes that take and give the same types, group by group.
const GROUPS: [&[u8]; 9] = [
    // i32: with one operand, comparisons, with two operands.
    &[0x45, 0x67, 0x68, 0x69, 0xc0, 0xc1],
    &[0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f],
    &[
        0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78,
    ],
    // i64: the same, and what makes one of an i32.
    &[0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4],
    &[0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a],
    &[
        0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a,
    ],
    &[0xac, 0xad],
    // Loads of a byte, as an i32 and as an i64.
    &[0x2c, 0x2d],
    &[0x30, 0x31],
];

/// A byte of a module that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// An opcode of the group at this position.
    Opcode(usize, usize),
    /// The first byte of a number that is signed.
    Signed(usize),
    /// The first byte of a small index.
    Index(usize),
}

/// Everything in the code of a module that can be changed; nothing for what is no module.
pub(super) fn sites(module: &[u8]) -> Vec<Site> {
    let mut sites = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Ok(Payload::CodeSectionEntry(body)) = payload else {
            continue;
        };
        let Ok(operators) = body.get_operators_reader() else {
            continue;
        };
        for read in operators.into_iter_with_offsets() {
            let Ok((operator, offset)) = read else {
                break;
            };
            sites.extend(site(&operator, offset, module));
        }
    }
    sites
}

fn site(operator: &Operator<'_>, offset: usize, module: &[u8]) -> Option<Site> {
    match operator {
        Operator::I32Const { .. } | Operator::I64Const { .. } => Some(Site::Signed(offset + 1)),
        Operator::LocalGet { .. }
        | Operator::LocalSet { .. }
        | Operator::LocalTee { .. }
        | Operator::Br { .. }
        | Operator::BrIf { .. } => Some(Site::Index(offset + 1)),
        Operator::I32Load { .. }
        | Operator::I64Load { .. }
        | Operator::I32Store { .. }
        | Operator::I64Store { .. } => Some(Site::Index(offset + 2)),
        _ => {
            let opcode = module.get(offset)?;
            let group = GROUPS.iter().position(|group| group.contains(opcode))?;
            Some(Site::Opcode(offset, group))
        }
    }
}

/// Changes a byte. A number keeps as many bytes as it has.
pub(super) fn change(rng: &mut Rng, site: Site, module: &mut [u8]) {
    match site {
        Site::Opcode(at, group) => module[at] = rng.pick(GROUPS[group]),
        // The highest bit says whether there are more bytes.
        Site::Signed(at) => module[at] ^= rng.below(0x80) as u8,
        Site::Index(at) => module[at] ^= rng.below(4) as u8,
    }
}
