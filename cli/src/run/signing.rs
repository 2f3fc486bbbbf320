//! Signing what a scenario says, with the nonce that comes next for its sender.

use lockstep_vm::{SignedTransaction, Transaction};

use super::Runner;
use crate::scenario::Step;

impl Runner<'_> {
    /// The signed transaction, or one whose signature is wrong if the step wants that.
    pub(super) fn sign(&self, step: &Step) -> SignedTransaction {
        let account = &self.scenario.accounts[step.sender];
        let sender = account.signer.account();
        let next = self.nonces.get(&sender).copied().unwrap_or_default();
        let mut signed = account.signer.sign(Transaction {
            chain_id: step.chain_id,
            sender,
            nonce: step.nonce.unwrap_or(next),
            gas_limit: step.gas_limit,
            gas_price: step.gas_price,
            deposit_limit: step.deposit_limit,
            action: step.action.clone(),
        });
        if step.corrupt_signature {
            signed.signature[0] ^= 1;
        }
        signed
    }
}
