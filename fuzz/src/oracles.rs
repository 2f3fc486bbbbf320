//! What must hold for any input. Each oracle says what is wrong, or that nothing is.

pub(crate) mod kept;
mod stateless;
pub(crate) mod truth;
mod wal_seals;

use std::path::Path;
use std::time::Duration;

use blake2::{Blake2b256, Digest as _};
use lockstep_abi::ABI_SECTION_NAME;
use lockstep_cli::{AbiSection, from_text};
use lockstep_gas_meter::{PrepareError, PreparedModule, Protocol, prepare};
use lockstep_state_trie::{Digest, Proof, verify};
use lockstep_vm::{Engine, Receipt, SignedTransaction, WasmiEngine};
use parity_scale_codec::Encode;

use crate::rewritten::prepared_is_refused;
use crate::work_time::within;

/// What an oracle found wrong.
pub type Finding = String;

/// A named oracle.
pub struct Oracle {
    /// Its name, for reports and for choosing a corpus.
    pub name: &'static str,
    /// Judges one input. `Ok(true)` means that the input was accepted by what is tested, so that
    /// a run can say how much of its input did more than fail at once.
    pub judge: fn(&[u8]) -> Result<bool, Finding>,
}

/// Every oracle.
pub const ORACLES: [Oracle; 13] = [
    Oracle {
        name: "module",
        judge: module,
    },
    Oracle {
        name: "transaction",
        judge: transaction,
    },
    Oracle {
        name: "proof",
        judge: proof,
    },
    Oracle {
        name: "multiproof",
        judge: stateless::multi_proof,
    },
    Oracle {
        name: "range",
        judge: stateless::range_proof,
    },
    Oracle {
        name: "witness",
        judge: stateless::witness,
    },
    Oracle {
        name: "bundle",
        judge: stateless::bundle,
    },
    Oracle {
        name: "frames",
        judge: kept::frames,
    },
    Oracle {
        name: "wal",
        judge: kept::wal,
    },
    Oracle {
        name: "export",
        judge: kept::export,
    },
    Oracle {
        name: "receipt",
        judge: receipt,
    },
    Oracle {
        name: "abi",
        judge: abi,
    },
    Oracle {
        name: "scenario",
        judge: scenario,
    },
];

/// The most CPU time that the pass may take for these bytes. What it took in a debug build was at
/// most 1.5 milliseconds, and a third of a microsecond for each byte of modules of more than 300
/// bytes; what is not in proportion to the bytes shows in modules of some 10 KB.
fn preparing_longest(bytes: &[u8]) -> Duration {
    let per_byte = if cfg!(debug_assertions) { 8_000 } else { 1_000 };
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Duration::from_millis(50) + Duration::from_nanos(length.saturating_mul(per_byte))
}

/// A module is refused with reasons, or prepared: the same twice, within the output's limit,
/// fit for the engine, and never accepted as an input again. The pass takes a time that is in
/// proportion to the bytes.
fn module(bytes: &[u8]) -> Result<bool, Finding> {
    let protocol = Protocol::v1();
    let first = within(preparing_longest(bytes), || prepare(bytes, &protocol))?;
    if first != prepare(bytes, &protocol) {
        return Err("two runs of the pass differ".to_string());
    }
    match first {
        Ok(module) => prepared(&module, &protocol).map(|()| true),
        Err(PrepareError::Refused(refusal)) => {
            if refusal.violations.is_empty() {
                return Err("a module was refused without a reason".to_string());
            }
            Ok(false)
        }
        Err(PrepareError::Internal(error)) => Err(error.to_string()),
    }
}

fn prepared(module: &PreparedModule, protocol: &Protocol) -> Result<(), Finding> {
    let limit = usize::try_from(protocol.limits.prepared_bytes_max).unwrap_or(usize::MAX);
    if module.bytes().len() > limit {
        return Err(format!("the output has {} bytes", module.bytes().len()));
    }
    if let Err(error) = WasmiEngine::new().compile(module) {
        return Err(format!("the engine refuses a prepared module: {error}"));
    }
    prepared_is_refused(module, &|bytes| prepare(bytes, protocol))
}

/// Bytes are no transaction, or exactly the encoding of one.
fn transaction(bytes: &[u8]) -> Result<bool, Finding> {
    let limit = Protocol::v1().limits.transaction_bytes_max;
    let Ok(transaction) = SignedTransaction::from_bytes(bytes, limit) else {
        return Ok(false);
    };
    if transaction.to_bytes() != bytes {
        return Err("a transaction has two encodings".to_string());
    }
    // Whatever it says of the signature, it must come to an end.
    let _ = transaction.signature_is_valid();
    Ok(true)
}

/// A root that nobody made. It is another one for each input: a witness may say nothing but that its
/// root is so and so, and a search that watches comparisons writes one that says a constant.
fn nobodys(bytes: &[u8]) -> Digest {
    Digest(Blake2b256::digest(bytes).into())
}

/// Bytes are no proof, or exactly the encoding of one; and no proof fits a root it was not made
/// for, nor with another value or absence the root of the trie that the seeds are of.
fn proof(bytes: &[u8]) -> Result<bool, Finding> {
    let Ok(proof) = Proof::from_bytes(bytes) else {
        return Ok(false);
    };
    if proof.to_bytes() != bytes {
        return Err("a proof has two encodings".to_string());
    }
    if verify(&nobodys(bytes), b"key", &proof).is_ok() {
        return Err("a proof fits a root that nobody made".to_string());
    }
    truth::truth().hold_proof(&proof)?;
    Ok(true)
}

/// Bytes are no receipt, or exactly the encoding of one.
fn receipt(bytes: &[u8]) -> Result<bool, Finding> {
    let Ok(receipt) = Receipt::from_bytes(bytes) else {
        return Ok(false);
    };
    match receipt.to_bytes() == bytes {
        true => Ok(true),
        false => Err("a receipt has two encodings".to_string()),
    }
}

/// The content of an ABI section is read or not, and what is read encodes to a section that says
/// the same.
fn abi(content: &[u8]) -> Result<bool, Finding> {
    let AbiSection::Found(first) = AbiSection::of(&with_abi(content)) else {
        return Ok(false);
    };
    let version = content.first().copied().unwrap_or_default();
    let again = [vec![version], first.encode()].concat();
    match AbiSection::of(&with_abi(&again)) {
        AbiSection::Found(second) if second == first => Ok(true),
        other => Err(format!(
            "an ABI that was read reads as {other:?} once it is written"
        )),
    }
}

/// An empty module with this content of the ABI section.
fn with_abi(content: &[u8]) -> Vec<u8> {
    let name = ABI_SECTION_NAME.as_bytes();
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.push(0);
    push_length(1 + name.len() + content.len(), &mut module);
    push_length(name.len(), &mut module);
    module.extend(name);
    module.extend(content);
    module
}

fn push_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// A scenario is read, or refused with mistakes that each have a message and a fix.
fn scenario(bytes: &[u8]) -> Result<bool, Finding> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(false);
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/scenarios");
    match from_text(text.to_string(), "fuzzed", &folder) {
        Ok(_) => Ok(true),
        Err(failure) => {
            let mut problems = failure.problems.iter();
            match problems.any(|problem| problem.message.is_empty() || problem.help.is_empty())
                || failure.problems.is_empty()
            {
                true => Err(format!("a mistake without a message or a fix: {failure:?}")),
                false => Ok(false),
            }
        }
    }
}
