//! The end of a block: its roots, and its changes given to the ledger, at once or after a look at
//! the roots.

use lockstep_state_trie::{Digest, MemoryStore, Trie};

use super::{Block, BlockBuilder, BlockClaim, BlockDifference};
use crate::block_record::BlockRecord;
use crate::fatal::Fatal;
use crate::ledger::{Change, Ledger};
use crate::receipt::Receipt;

/// A block that was executed to its end and is not committed yet. To drop it leaves the ledger as it
/// was before the block.
///
/// The ledger's batch is worked out, which is what the root costs; [`commit`](PreparedBlock::commit)
/// stores it. On a [`Trie`] both together compute what [`BlockBuilder::finish`] does, but the store
/// begins to write when the root is known, and not while it is computed, as it does for
/// [`BlockBuilder::finish_as_claimed`]; on a
/// [`Witness`](lockstep_state_trie::Witness) a copy of the witness is made for it.
#[derive(Debug)]
#[must_use = "the block is not committed before `commit`"]
pub struct PreparedBlock<L: Ledger> {
    block: Block,
    ledger: L,
    prepared: L::Prepared,
}

impl<L: Ledger> PreparedBlock<L> {
    /// The block, as it is once it is committed.
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// Stores the block's changes, with its [`BlockRecord`] for a store that keeps records.
    ///
    /// # Errors
    /// [`Fatal`] when the ledger fails. The state is then as it was before the block.
    pub fn commit(self) -> Result<Block, Fatal> {
        self.commit_with_ledger().map(|(block, _)| block)
    }

    /// As [`commit`](PreparedBlock::commit), and gives the ledger back.
    ///
    /// # Errors
    /// As `commit`.
    pub fn commit_with_ledger(mut self) -> Result<(Block, L), Fatal> {
        self.ledger.commit(self.prepared)?;
        Ok((self.block, self.ledger))
    }

    /// Gives the ledger back as it was before the block.
    pub fn discard(self) -> L {
        self.ledger
    }
}

impl<L: Ledger> BlockBuilder<'_, L> {
    /// Gives the block's changes to the ledger in one batch, with its [`BlockRecord`] for a store
    /// that keeps records, and its roots to the caller.
    ///
    /// # Errors
    /// [`Fatal`] when an earlier `push` failed so, or when the ledger does. The state is then as
    /// it was before the block.
    pub fn finish(self) -> Result<Block, Fatal> {
        self.finish_with_ledger().map(|(block, _)| block)
    }

    /// As [`finish`](BlockBuilder::finish), and gives the ledger back.
    ///
    /// # Errors
    /// As `finish`.
    pub fn finish_with_ledger(self) -> Result<(Block, L), Fatal> {
        let (unrooted, changes, mut ledger) = self.end()?;
        let state_root = ledger.update(changes, unrooted.record.to_bytes())?;
        Ok((unrooted.under(state_root), ledger))
    }

    /// As [`finish`](BlockBuilder::finish), if the block is as claimed: the inner error is the first
    /// difference, as [`Block::check`] finds it, and the ledger is then as it was before the block. A store
    /// makes the changes durable while the state's root is computed; of a block with other receipts it
    /// does not hear.
    ///
    /// # Errors
    /// As `finish`.
    pub fn finish_as_claimed(
        self,
        claim: &BlockClaim,
    ) -> Result<Result<Block, BlockDifference>, Fatal> {
        let (unrooted, changes, mut ledger) = self.end()?;
        let record = unrooted.record.to_bytes();
        let block = unrooted.under(claim.state_root);
        if let Err(difference) = block.check(claim) {
            return Ok(Err(difference));
        }
        let made = ledger.update_to(changes, record, claim.state_root)?;
        Ok(made
            .map(|()| block)
            .map_err(|actual| BlockDifference::StateRoot {
                expected: claim.state_root,
                actual,
            }))
    }

    /// As [`finish`](BlockBuilder::finish), but leaves it to the caller to commit the block, after a
    /// look at its roots: see [`Block::check`].
    ///
    /// # Errors
    /// As `finish`.
    pub fn prepare(self) -> Result<PreparedBlock<L>, Fatal> {
        let (unrooted, changes, ledger) = self.end()?;
        let (state_root, prepared) = ledger.prepare(changes, unrooted.record.to_bytes())?;
        Ok(PreparedBlock {
            block: unrooted.under(state_root),
            ledger,
            prepared,
        })
    }

    /// What the block came to, but for the state's root, and what it changes.
    fn end(self) -> Result<(Unrooted, Vec<Change>, L), Fatal> {
        if self.aborted {
            return Err(Fatal::BlockAborted);
        }
        let receipts_root = receipts_root(&self.receipts)?;
        let unrooted = Unrooted {
            record: BlockRecord {
                environment: self.environment,
                receipts: self.receipts,
                receipts_root,
            },
            gas_used: self.gas_used,
        };
        let (changes, ledger) = self.journal.into_changes();
        Ok((unrooted, changes, ledger))
    }
}

/// A block whose state has no root yet.
struct Unrooted {
    record: BlockRecord,
    gas_used: u64,
}

impl Unrooted {
    fn under(self, state_root: Digest) -> Block {
        Block {
            environment: self.record.environment,
            receipts: self.record.receipts,
            gas_used: self.gas_used,
            receipts_root: self.record.receipts_root,
            state_root,
        }
    }
}

/// The root of the trie that maps each receipt's position (u32 BE) to its encoding, so that
/// anybody can prove a receipt to whoever knows the root.
///
/// # Errors
/// [`Fatal::Internal`] when there are more receipts than a u32 counts.
pub fn receipts_root(receipts: &[Receipt]) -> Result<Digest, Fatal> {
    let mut entries = Vec::with_capacity(receipts.len());
    for (position, receipt) in receipts.iter().enumerate() {
        let position = u32::try_from(position)
            .map_err(|_| Fatal::Internal("a block has more transactions than a u32 counts"))?;
        entries.push((position.to_be_bytes().to_vec(), Some(receipt.to_bytes())));
    }
    Trie::new(MemoryStore::new())
        .update(entries)
        .map_err(Fatal::store)
}
