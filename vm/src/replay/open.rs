//! What is checked of a bundle before anything is executed.

use lockstep_state_trie::{ProofError, Witness};

use super::{Difference, ReplayError, ReplayPlace, diverged};
use crate::bundle::Bundle;
use crate::identity::code_hash;
use crate::machine::Machine;
use crate::state_key::{PREFIX_BYTES, StateKey};

/// Whether the machine executes by the rules by which the bundle was made.
pub(super) fn check_rules(bundle: &Bundle, machine: &Machine) -> Result<(), ReplayError> {
    let protocol = machine.protocol();
    if bundle.protocol_version != protocol.version {
        return Err(ReplayError::ProtocolVersion {
            bundle: bundle.protocol_version,
            machine: protocol.version,
        });
    }
    let schedule = protocol.schedule.hash();
    if bundle.schedule_hash != schedule {
        return Err(ReplayError::Schedule {
            bundle: bundle.schedule_hash,
            machine: schedule,
        });
    }
    Ok(())
}

/// Checks the witness against the root before the first block, its code against its names, and the
/// lengths of its keys: these bound how deep it is, and with that how long each search in it takes.
pub(super) fn open(bundle: &Bundle, storage_key_bytes_max: u32) -> Result<Witness, ReplayError> {
    let storage_max = usize::try_from(storage_key_bytes_max).unwrap_or(usize::MAX);
    let length_max = storage_max.saturating_add(PREFIX_BYTES);
    if let Some(key) = bundle.witness.keys().find(|key| key.len() > length_max) {
        return Err(ReplayError::KeyTooLong {
            length: key.len(),
            length_max,
        });
    }
    for (key, value) in bundle.witness.entries() {
        if let Some(StateKey::Code(stated)) = StateKey::from_bytes(key) {
            let computed = code_hash(value);
            if stated != computed {
                return Err(ReplayError::Code { stated, computed });
            }
        }
    }
    let height = bundle.blocks.first().map(|block| block.environment.height);
    let place = ReplayPlace {
        height: height.unwrap_or_default(),
        transaction: None,
    };
    let opened = Witness::open(&bundle.state_root, bundle.witness.clone());
    opened.map_err(|error| match error {
        ProofError::RootMismatch { expected, computed } => diverged(
            place,
            Difference::WitnessRoot {
                expected,
                actual: computed,
            },
        ),
        other => ReplayError::WitnessForm(other),
    })
}
