//! Oracles for what lets somebody work without the state: proofs of several keys and of ranges,
//! witnesses, and bundles.

use std::ops::Bound;

use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{Digest, MultiProof, ProofError, Witness, verify_keys, verify_range};
use lockstep_vm::{Bundle, Fatal, Machine, NoObserver, ReplayError, Replayed, WasmiEngine, replay};

use super::truth::truth;
use super::{Finding, nobodys};
use crate::corpus::{KEYS, sealed};

/// Bytes are no proof, or exactly the encoding of one.
fn decode(bytes: &[u8]) -> Result<Option<MultiProof>, Finding> {
    let Ok(proof) = MultiProof::from_bytes(bytes) else {
        return Ok(None);
    };
    if proof.to_bytes() != bytes {
        return Err("a proof of several keys has two encodings".to_string());
    }
    Ok(Some(proof))
}

/// No proof of several keys fits a root it was not made for, with or without its values; and to the
/// root of the trie that the seeds are of it fits only with what that holds.
pub(super) fn multi_proof(bytes: &[u8]) -> Result<bool, Finding> {
    let Some(proof) = decode(bytes)? else {
        return Ok(false);
    };
    if verify_keys(&nobodys(bytes), &KEYS, &proof).is_ok() {
        return Err("a proof of several keys fits a root that nobody made".to_string());
    }
    truth().hold_keys(&proof)?;
    let stripped = proof.without_values();
    if MultiProof::from_bytes(&stripped.to_bytes()) != Ok(stripped) {
        return Err("a proof without its values does not decode".to_string());
    }
    Ok(true)
}

/// No proof of a range fits a root it was not made for; and to the root of the trie that the seeds are
/// of it fits only with all that the range holds.
pub(super) fn range_proof(bytes: &[u8]) -> Result<bool, Finding> {
    let Some(proof) = decode(bytes)? else {
        return Ok(false);
    };
    let bounds = (Bound::Included(KEYS[0]), Bound::Excluded(KEYS[2]));
    for limit in [None, Some(2)] {
        if verify_range(&nobodys(bytes), bounds, limit, &proof).is_ok() {
            return Err("a proof of a range fits a root that nobody made".to_string());
        }
    }
    truth().hold_range(&proof)?;
    Ok(true)
}

/// A witness is of one root only, and of the trie that the seeds are of it shows what is true; and
/// whatever it shows, reading and changing it agree.
pub(super) fn witness(bytes: &[u8]) -> Result<bool, Finding> {
    let Some(proof) = decode(bytes)? else {
        return Ok(false);
    };
    truth().hold_witness(&proof)?;
    let root = match Witness::open(&nobodys(bytes), proof.clone()) {
        Ok(_) => return Err("a witness fits a root that nobody made".to_string()),
        Err(ProofError::RootMismatch { computed, .. }) => computed,
        Err(_) => return Ok(false),
    };
    // A root that was made from altered nodes shows nothing, and must do no harm.
    let Ok(mut witness) = Witness::open(&root, proof) else {
        return Ok(false);
    };
    for key in KEYS {
        let _ = (witness.next(key), witness.previous(key));
        let _ = (witness.next_key(key), witness.previous_key(key));
        let value = Some(vec![7]);
        match witness.update([(key.to_vec(), value.clone())]) {
            Ok(_) if witness.get(key) != Ok(value) => {
                return Err("a witness does not show a value that was set".to_string());
            }
            Ok(_) => {}
            Err(_) if witness.get(key).is_ok() => {
                return Err("a witness shows a key and cannot change it".to_string());
            }
            Err(_) => {}
        }
        let _ = witness.update([(key.to_vec(), None)]);
    }
    Ok(true)
}

/// Bytes are no bundle, or exactly the encoding of one. A replay decides the same twice, and
/// confirms nothing but what the bundle says. Since hardly any mutation keeps the checksum, the
/// bytes before it are judged with a fitting one as well.
pub(super) fn bundle(bytes: &[u8]) -> Result<bool, Finding> {
    let as_it_is = one_bundle(bytes)?;
    let content = bytes.len().saturating_sub(32);
    Ok(one_bundle(&sealed(&bytes[..content]))? || as_it_is)
}

fn one_bundle(bytes: &[u8]) -> Result<bool, Finding> {
    let bundle = match Bundle::from_bytes(bytes) {
        Ok(bundle) => bundle,
        Err(error) if error.offset > bytes.len() => {
            return Err(format!("a fault lies outside of the bytes: {error}"));
        }
        Err(_) => return Ok(false),
    };
    if bundle.to_bytes().as_deref() != Ok(bytes) {
        return Err("a bundle has two encodings".to_string());
    }
    let mut machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
    let mut verdict =
        || -> Result<Replayed, ReplayError> { replay(&bundle, &mut machine, &mut NoObserver) };
    let (first, second) = (verdict(), verdict());
    if format!("{first:?}") != format!("{second:?}") {
        return Err("a replay decides otherwise the second time".to_string());
    }
    let last = bundle.blocks.last().map(|block| block.state_root);
    hold_end(&first, last)?;
    Ok(true)
}

/// Whether a replay may end like this. It confirms no root but that of the last block. A forged witness
/// may bring it to a state that no chain can have, and no further; no bytes make the engine fail, or
/// have a block that was aborted go on.
fn hold_end(
    replayed: &Result<Replayed, ReplayError>,
    last_root: Option<Digest>,
) -> Result<(), Finding> {
    match replayed {
        Ok(replayed) if Some(replayed.state_root) != last_root => {
            Err("a replay confirms another root than the bundle's".to_string())
        }
        Err(ReplayError::Stopped {
            error: error @ (Fatal::Engine(_) | Fatal::BlockAborted),
            ..
        }) => Err(format!("a replay stops the machine: {error}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use lockstep_vm::{EngineError, Fatal, ReplayError};

    use super::hold_end;

    #[test]
    fn what_no_bundle_can_cause_is_found() {
        let held = |error| hold_end(&Err(ReplayError::Stopped { place: None, error }), None);
        let failed = EngineError::Failed {
            engine: "one",
            reason: "of no guest".to_string(),
        };
        assert!(held(Fatal::engine(failed)).is_err());
        assert!(held(Fatal::BlockAborted).is_err());
        assert_eq!(held(Fatal::Corrupt("account")), Ok(()));
        assert_eq!(held(Fatal::NotInWitness { key: vec![1] }), Ok(()));
    }
}
