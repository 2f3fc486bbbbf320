//! A chain with the example token on it, and transfers between two of its holders.

use std::collections::BTreeMap;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Action, BlockEnvironment, Chain, Engine, Machine, NoObserver, Report, SignedTransaction,
    Signer, Transaction, code_hash, contract_id,
};
use parity_scale_codec::Encode;

use lockstep_benches::measure::thread_cpu_nanoseconds;

/// The token as it is deployed.
pub(crate) const TOKEN: &[u8] = include_bytes!("../../../../contracts/artifacts/token.wasm");
/// Gas for each transaction; no transfer needs as much.
const GAS_LIMIT: u64 = 100_000_000;
/// What alice has of everything.
const SUPPLY: u128 = 1 << 60;

/// A chain that has been used, and the transfers to measure.
pub(crate) struct Bench {
    chain: Chain<MemoryStore>,
    transfers: Vec<SignedTransaction>,
}

impl Bench {
    /// Uploads the token, makes one, pays bob once, and signs `count` transfers from alice to bob.
    pub(crate) fn new(engine: Box<dyn Engine>, count: usize) -> Bench {
        let machine = Machine::new(Protocol::v1(), engine);
        let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
        let alice = Signer::from_seed([1; 32]);
        let balances = BTreeMap::from([(alice.account(), SUPPLY)]);
        chain.genesis(&balances).expect("an empty state");
        let code = code_hash(TOKEN);
        let token = contract_id(&alice.account(), &code, &[0; 32]);
        let mut sign = Signing {
            key: alice,
            nonce: 0,
        };
        let first = [
            sign.action(Action::Upload {
                code: TOKEN.to_vec(),
            }),
            sign.action(Action::Instantiate {
                code,
                salt: [0; 32],
                input: ("Gold", "AU", SUPPLY).encode(),
                value: 0,
            }),
            sign.action(transfer(token)),
        ];
        let done = chain.execute_block(environment(), &first, &mut NoObserver);
        let (_, reports) = done.expect("the transactions are valid");
        reports.iter().for_each(require_success);
        let transfers = (0..count).map(|_| sign.action(transfer(token))).collect();
        Bench { chain, transfers }
    }

    /// Executes all transfers in one block, their signatures checked before, drops the block, and
    /// returns the nanoseconds that one took on average.
    pub(crate) fn round(&mut self) -> f64 {
        let mut builder = self.chain.begin(environment());
        let verified = self.transfers.iter().map(SignedTransaction::verify);
        let verified: Vec<_> = verified.collect::<Result<_, _>>().expect("signed");
        let mut gas = 0;
        let start = thread_cpu_nanoseconds();
        for signed in &verified {
            let report = builder.push_verified(*signed, &mut NoObserver);
            let report = report.expect("the machine works").expect("it is valid");
            require_success(&report);
            gas += report.receipt.gas_used.total();
        }
        let elapsed = thread_cpu_nanoseconds() - start;
        assert!(gas > 0);
        elapsed / self.transfers.len() as f64
    }

    /// Checks the signatures of all transfers and returns the nanoseconds that one took.
    pub(crate) fn signatures(&self) -> f64 {
        let start = thread_cpu_nanoseconds();
        for signed in &self.transfers {
            assert!(signed.signature_is_valid());
        }
        (thread_cpu_nanoseconds() - start) / self.transfers.len() as f64
    }

    /// Puts a machine without any code in the place of the warm one, executes the first transfer,
    /// and returns its nanoseconds.
    pub(crate) fn fresh(self, engine: Box<dyn Engine>) -> (Bench, f64) {
        let machine = Machine::new(Protocol::v1(), engine);
        let trie = self.chain.into_trie();
        let mut bench = Bench {
            chain: Chain::new(trie, machine),
            transfers: self.transfers,
        };
        let rest = bench.transfers.split_off(1);
        let nanoseconds = bench.round();
        bench.transfers.extend(rest);
        (bench, nanoseconds)
    }
}

fn require_success(report: &Report) {
    let receipt = &report.receipt;
    assert!(receipt.status.is_success(), "{receipt:?}");
}

fn transfer(token: AccountId) -> Action {
    Action::Call {
        contract: token,
        method: "transfer".to_string(),
        input: (AccountId([9; 32]), 5_u128).encode(),
        value: 0,
    }
}

struct Signing {
    key: Signer,
    nonce: u64,
}

impl Signing {
    fn action(&mut self, action: Action) -> SignedTransaction {
        let transaction = Transaction {
            chain_id: 7,
            sender: self.key.account(),
            nonce: self.nonce,
            gas_limit: GAS_LIMIT,
            gas_price: 1,
            deposit_limit: SUPPLY,
            action,
        };
        self.nonce += 1;
        self.key.sign(transaction)
    }
}

fn environment() -> BlockEnvironment {
    BlockEnvironment {
        chain_id: 7,
        height: 1,
        timestamp_ms: 0,
        fee_collector: AccountId([3; 32]),
        gas_limit: u64::MAX,
    }
}
