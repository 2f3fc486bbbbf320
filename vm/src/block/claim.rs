//! What somebody else says that a block comes to, and whether it does.

use lockstep_state_trie::Digest;
use thiserror::Error;

use super::Block;

/// What a block's header says that the block comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockClaim {
    /// The gas of all its transactions.
    pub gas_used: u64,
    /// See [`receipts_root`](crate::receipts_root).
    pub receipts_root: Digest,
    /// The root of the state after it.
    pub state_root: Digest,
}

/// The first thing in which a block is not as claimed, in the order of [`BlockClaim`]'s fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlockDifference {
    /// It used more gas, or less.
    #[error("the block used {actual} gas, but its header says {expected}")]
    GasUsed {
        /// What is claimed.
        expected: u64,
        /// What came out.
        actual: u64,
    },
    /// The gas is the same, but not all of the receipts are, or their order is not.
    #[error("the block's receipts have the root {actual}, but its header says {expected}")]
    ReceiptsRoot {
        /// What is claimed.
        expected: Digest,
        /// What came out.
        actual: Digest,
    },
    /// The receipts are the same, but the state is not.
    #[error("the state after the block has the root {actual}, but its header says {expected}")]
    StateRoot {
        /// What is claimed.
        expected: Digest,
        /// What came out.
        actual: Digest,
    },
}

impl Block {
    /// What to put into a header of it.
    pub fn claim(&self) -> BlockClaim {
        BlockClaim {
            gas_used: self.gas_used,
            receipts_root: self.receipts_root,
            state_root: self.state_root,
        }
    }

    /// Holds the block against what is claimed of it.
    ///
    /// # Errors
    /// The first [`BlockDifference`].
    pub fn check(&self, claim: &BlockClaim) -> Result<(), BlockDifference> {
        let actual = self.claim();
        if actual.gas_used != claim.gas_used {
            return Err(BlockDifference::GasUsed {
                expected: claim.gas_used,
                actual: actual.gas_used,
            });
        }
        if actual.receipts_root != claim.receipts_root {
            return Err(BlockDifference::ReceiptsRoot {
                expected: claim.receipts_root,
                actual: actual.receipts_root,
            });
        }
        if actual.state_root != claim.state_root {
            return Err(BlockDifference::StateRoot {
                expected: claim.state_root,
                actual: actual.state_root,
            });
        }
        Ok(())
    }
}
