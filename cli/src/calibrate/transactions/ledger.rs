//! A chain in memory that runs one transaction per block.

use std::collections::BTreeMap;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Action, BlockEnvironment, Chain, Machine, NoObserver, SignedTransaction, Signer, Transaction,
    WasmiEngine,
};
use parity_scale_codec::Encode;

use crate::calibrate::Effort;
use crate::calibrate::clock::timed;
use crate::problem::Failure;
use crate::random::Random;

/// A chain in memory and one account that sends to it.
pub(super) struct Ledger {
    chain: Chain<MemoryStore>,
    pub(super) signer: Signer,
    pub(super) nonce: u64,
    pub(super) accounts: Vec<AccountId>,
}

/// A transaction that has run.
pub(super) struct Ran {
    /// Nanoseconds from the signed transaction to the new root.
    pub(super) ns: f64,
    /// Its length.
    pub(super) bytes: f64,
}

const GAS_LIMIT: u64 = 4_000_000_000;

impl Ledger {
    pub(super) fn new(effort: Effort, protocol: &Protocol) -> Result<Ledger, Failure> {
        let mut random = Random::new(4);
        let signer = Signer::from_seed([7; 32]);
        let accounts: Vec<AccountId> = (0..effort.state_keys)
            .map(|_| AccountId(random.id()))
            .collect();
        let mut balances: BTreeMap<AccountId, u128> =
            accounts.iter().map(|id| (*id, 1 << 60)).collect();
        balances.insert(signer.account(), 1 << 120);
        let machine = Machine::new(protocol.clone(), Box::new(WasmiEngine::new()));
        let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
        chain.genesis(&balances).map_err(Failure::bug)?;
        Ok(Ledger {
            chain,
            signer,
            nonce: 0,
            accounts,
        })
    }

    pub(super) fn sign(&mut self, action: Action) -> SignedTransaction {
        let signed = self.signer.sign(Transaction {
            chain_id: 1,
            sender: self.signer.account(),
            nonce: self.nonce,
            gas_limit: GAS_LIMIT,
            gas_price: 1,
            deposit_limit: 1 << 100,
            action,
        });
        self.nonce += 1;
        signed
    }

    /// Runs a transaction in a block of its own.
    pub(super) fn run(&mut self, action: Action) -> Result<Ran, Failure> {
        let signed = self.sign(action);
        let environment = BlockEnvironment {
            chain_id: 1,
            height: self.nonce,
            timestamp_ms: 1,
            fee_collector: AccountId([0xfe; 32]),
            gas_limit: GAS_LIMIT,
        };
        let (pushed, ns) = timed(|| {
            let mut builder = self.chain.begin(environment);
            let pushed = builder.push(&signed, &mut NoObserver)?;
            builder.finish().map(|_| pushed)
        });
        let report = pushed.map_err(Failure::bug)?.map_err(Failure::bug)?;
        if !report.receipt.status.is_success() {
            let status = report.receipt.status;
            return Err(Failure::bug(format!(
                "a calibration transaction ended with {status:?}"
            )));
        }
        Ok(Ran {
            ns,
            bytes: signed.encoded_size() as f64,
        })
    }
}
