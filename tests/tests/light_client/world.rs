//! A chain with some hundred accounts, a token that some of them hold, and the light client.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Action, BlockEnvironment, Chain, Machine, NoObserver, Receipt, Signer, StateKey, Status,
    Transaction, WasmiEngine, code_hash, contract_id,
};
use parity_scale_codec::{Decode, Encode};

use crate::claims::{Entry, KeyRange, RangeEnd, Refused};

pub(crate) const ACCOUNTS: u64 = 300;
pub(crate) const HOLDERS: u64 = 40;

/// A chain with accounts, a token that some of them hold, and the light client.
pub(crate) struct World {
    pub(crate) chain: Chain<MemoryStore>,
    alice: Signer,
    nonce: u64,
    height: u64,
    pub(crate) token: AccountId,
    client: AccountId,
    /// How many proofs the client has believed.
    believed: u64,
}

pub(crate) fn account(number: u64) -> AccountId {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    Signer::from_seed(seed).account()
}

pub(crate) fn artifact(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contracts/artifacts");
    fs::read(folder.join(name)).unwrap()
}

impl World {
    pub(crate) fn new() -> World {
        let alice = Signer::from_seed([7; 32]);
        let machine = Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()));
        let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine);
        let mut balances: BTreeMap<AccountId, u128> = (0..ACCOUNTS)
            .map(|number| (account(number), 1_000 + u128::from(number)))
            .collect();
        balances.insert(alice.account(), 1 << 100);
        chain.genesis(&balances).unwrap();
        let mut world = World {
            chain,
            alice,
            nonce: 0,
            height: 0,
            token: AccountId([0; 32]),
            client: AccountId([0; 32]),
            believed: 0,
        };
        let supply = (String::from("Gold"), String::from("G"), 1_000_000_u128);
        world.token = world.deploy(&artifact("token.wasm"), supply.encode());
        world.client = world.deploy(&artifact("light_client.wasm"), Vec::new());
        let transfers = (0..HOLDERS).map(|number| {
            let input = (account(number), 10 + u128::from(number)).encode();
            call(world.token, "transfer", input)
        });
        for receipt in world.block(transfers.collect()) {
            assert_eq!(receipt.status, Status::Success);
        }
        world
    }

    pub(crate) fn deploy(&mut self, code: &[u8], input: Vec<u8>) -> AccountId {
        let upload = Action::Upload {
            code: code.to_vec(),
        };
        let instantiate = Action::Instantiate {
            code: code_hash(code),
            salt: [0; 32],
            input,
            value: 0,
        };
        for receipt in self.block(vec![upload, instantiate]) {
            assert_eq!(receipt.status, Status::Success);
        }
        contract_id(&self.alice.account(), &code_hash(code), &[0; 32])
    }

    /// A block of alice's transactions, and the receipts.
    pub(crate) fn block(&mut self, actions: Vec<Action>) -> Vec<Receipt> {
        self.height += 1;
        let environment = BlockEnvironment {
            chain_id: 1,
            height: self.height,
            timestamp_ms: 0,
            fee_collector: AccountId([0xfe; 32]),
            gas_limit: u64::MAX,
        };
        let signed: Vec<_> = actions
            .into_iter()
            .map(|action| {
                self.nonce += 1;
                self.alice.sign(Transaction {
                    chain_id: 1,
                    sender: self.alice.account(),
                    nonce: self.nonce - 1,
                    gas_limit: 1_000_000_000,
                    gas_price: 0,
                    deposit_limit: u128::MAX,
                    action,
                })
            })
            .collect();
        let executed = self
            .chain
            .execute_block(environment, &signed, &mut NoObserver);
        executed.unwrap().0.receipts
    }

    /// Lets the client check claims, and compares what it says with what is expected.
    pub(crate) fn check(&mut self, method: &str, cases: Vec<(Vec<u8>, Result<(), Refused>)>) {
        let (inputs, expected): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let client = self.client;
        let calls = inputs.into_iter().map(|input| call(client, method, input));
        let receipts = self.block(calls.collect());
        assert_eq!(receipts.len(), expected.len());
        for (index, (receipt, expected)) in receipts.iter().zip(expected).enumerate() {
            match expected {
                Ok(()) => {
                    self.believed += 1;
                    assert_eq!(receipt.status, Status::Success, "{method}, case {index}");
                    assert_eq!(receipt.output, self.believed.encode());
                }
                Err(refused) => {
                    assert_eq!(receipt.status, Status::Reverted, "{method}, case {index}");
                    let said = Refused::decode(&mut receipt.output.as_slice());
                    assert_eq!(said, Ok(refused), "{method}, case {index}");
                }
            }
        }
    }

    /// The token's entries: all that it keeps.
    pub(crate) fn storage(&self) -> KeyRange {
        let first = StateKey::Storage(self.token, Vec::new()).to_bytes();
        let mut behind = first.clone();
        let last = behind.last_mut().expect("an id");
        *last = last.checked_add(1).expect("the token's id ends so");
        KeyRange {
            start: RangeEnd::Included(first),
            end: RangeEnd::Excluded(behind),
            limit: None,
        }
    }

    pub(crate) fn entries(&self, range: &KeyRange) -> Vec<Entry> {
        let entries = self.chain.trie().range(range.bounds());
        let entries = entries.map(|entry| entry.unwrap());
        entries.take(range.limit().unwrap_or(usize::MAX)).collect()
    }

    pub(crate) fn prove_range(&self, range: &KeyRange) -> Vec<u8> {
        let trie = self.chain.trie();
        let proof = trie.snapshot().prove_range(range.bounds(), range.limit());
        proof.unwrap().to_bytes()
    }
}

pub(crate) fn call(contract: AccountId, method: &str, input: Vec<u8>) -> Action {
    Action::Call {
        contract,
        method: method.to_owned(),
        input,
        value: 0,
    }
}
