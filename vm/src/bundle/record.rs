//! Making a bundle from blocks whose states a store still holds.
//!
//! The blocks are executed once more, each on the version of the state that it was executed on,
//! and what they ask of it is noted. So nothing has to be noted while a chain goes on, and a node
//! can bundle any block whose state it keeps. That the same comes out is checked on the way.

use lockstep_state_trie::{Digest, NodeStore, Trie};

use super::{Bundle, BundleBlock};
use crate::machine::Machine;
use crate::observer::Observer;
use crate::recording::{Recorded, Recording};
use crate::replay::{ReplayError, execute};

impl Bundle {
    /// A bundle of blocks that follow each other, from the state with the root `before` on. The
    /// trie must hold that state and those after all blocks but the last; its own current version
    /// does not matter. The machine executes by the rules by which the blocks were executed.
    ///
    /// # Errors
    /// [`ReplayError::Diverged`] when a block does not come to its receipts and root, and
    /// [`ReplayError::Stopped`] when the store or the engine fails.
    pub fn record<S: NodeStore<Error: Send + Sync>>(
        trie: &Trie<S>,
        before: Digest,
        blocks: Vec<BundleBlock>,
        machine: &mut Machine,
        observer: &mut dyn Observer,
    ) -> Result<Bundle, ReplayError> {
        let mut recorded = Recorded::default();
        let mut root = before;
        for block in &blocks {
            let ledger = Recording::new(trie.at(root));
            let (_, ledger) = execute(block, ledger, machine, &mut |builder, signed| {
                builder.push(signed, observer)
            })?;
            recorded.merge(ledger.finish().map_err(ReplayError::store)?);
            root = block.state_root;
        }
        let witness = recorded.witness(trie.at(before));
        Ok(Bundle {
            protocol_version: machine.protocol().version,
            schedule_hash: machine.protocol().schedule.hash(),
            state_root: before,
            witness: witness.map_err(ReplayError::store)?,
            blocks,
        })
    }
}
