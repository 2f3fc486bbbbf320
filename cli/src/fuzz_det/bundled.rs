//! A history that was executed, as a bundle.

use lockstep_state_trie::Digest;
use lockstep_vm::{Bundle, BundleBlock, Machine, NoObserver, Receipt};

use super::execution::{Ending, Execution};
use super::history::History;
use super::perform::Performed;

/// The blocks of a history after its snapshot with the state that they need, their receipts and roots,
/// for `lockstep replay`. Transactions that were not included are no part of it. `None` when there
/// is no block. `machine` executes the blocks once more, to see what they need.
///
/// # Errors
/// When the machine stopped within the history, or comes to something else now.
pub fn bundle_of(
    history: &History,
    performed: &Performed,
    machine: &mut Machine,
) -> Result<Option<Bundle>, String> {
    let blocks = bundle_blocks(history, &performed.execution)?;
    let Some((before, trie)) = performed.state.as_ref().filter(|_| !blocks.is_empty()) else {
        return Ok(None);
    };
    Bundle::record(trie, *before, blocks, machine, &mut NoObserver)
        .map(Some)
        .map_err(|error| format!("its witness could not be recorded: {error}"))
}

/// The blocks after the history's snapshot with what they came to.
fn bundle_blocks(history: &History, execution: &Execution) -> Result<Vec<BundleBlock>, String> {
    let before = history.blocks_before_start();
    let mut blocks = Vec::with_capacity(execution.blocks.len());
    for ((position, block), outcome) in history
        .blocks
        .iter()
        .enumerate()
        .skip(before)
        .zip(&execution.blocks)
    {
        let mut transactions = Vec::with_capacity(block.transactions.len());
        for (signed, done) in block.transactions.iter().zip(&outcome.transactions) {
            if let Ending::Included { receipt, .. } = &done.ending {
                let receipt = Receipt::from_bytes(&receipt.0).map_err(|error| error.to_string())?;
                transactions.push((signed.clone(), receipt));
            }
        }
        let root = outcome.state_root.0.as_slice().try_into();
        blocks.push(BundleBlock {
            environment: history.environment(position),
            transactions,
            state_root: Digest(root.map_err(|_| "a root has 32 bytes".to_string())?),
        });
    }
    Ok(blocks)
}
