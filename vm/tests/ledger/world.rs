//! A small chain for tests: three funded accounts and a fee collector.

use std::collections::BTreeMap;

use lockstep_abi::AccountId;
use lockstep_gas_meter::Protocol;
use lockstep_state_trie::{MemoryStore, Trie};
use lockstep_vm::{
    Account, Action, BlockEnvironment, Chain, InvalidTransaction, Machine, NoObserver, Receipt,
    Report, SignedTransaction, Signer, StateKey, Transaction, WasmiEngine, contract_id,
};
use parity_scale_codec::DecodeAll;

use crate::script;

/// What each account begins with.
pub(crate) const FUNDS: u128 = 1_000_000_000_000_000_000_000;
/// The price of one gas in every test transaction.
pub(crate) const GAS_PRICE: u128 = 3;
/// The gas limit of most test transactions.
pub(crate) const PLENTY: u64 = 1_000_000_000;
/// The number of the test chain.
pub(crate) const CHAIN_ID: u64 = 9;
/// Who gets the fees.
pub(crate) const COLLECTOR: AccountId = AccountId([0xfe; 32]);
/// How many accounts there are.
pub(crate) const SIGNERS: u8 = 3;

/// The key of an account, by number from 0.
pub(crate) fn signer(number: u8) -> Signer {
    Signer::from_seed([number + 1; 32])
}

/// The id of an account, by number.
pub(crate) fn account(number: u8) -> AccountId {
    signer(number).account()
}

/// What every test block is built with.
pub(crate) fn environment(height: u64) -> BlockEnvironment {
    BlockEnvironment {
        chain_id: CHAIN_ID,
        height,
        timestamp_ms: 1_700_000_000_000 + height,
        fee_collector: COLLECTOR,
        gas_limit: u64::MAX,
    }
}

/// A machine as users have it.
pub(crate) fn machine() -> Machine {
    Machine::new(Protocol::v1(), Box::new(WasmiEngine::new()))
}

/// The first balances.
pub(crate) fn balances() -> BTreeMap<AccountId, u128> {
    (0..SIGNERS)
        .map(|number| (account(number), FUNDS))
        .collect()
}

/// A transaction of an account, not yet signed, with plenty of gas.
pub(crate) fn transaction(number: u8, nonce: u64, action: Action) -> Transaction {
    Transaction {
        chain_id: CHAIN_ID,
        sender: account(number),
        nonce,
        gas_limit: PLENTY,
        gas_price: GAS_PRICE,
        deposit_limit: u128::MAX,
        action,
    }
}

/// The chain and its next height.
pub(crate) struct World {
    pub(crate) chain: Chain<MemoryStore>,
    pub(crate) height: u64,
}

impl World {
    /// A chain with the first balances.
    pub(crate) fn new() -> World {
        let mut chain = Chain::new(Trie::new(MemoryStore::new()), machine());
        chain.genesis(&balances()).unwrap();
        World { chain, height: 1 }
    }

    /// A chain on which the script contract is uploaded and account 0 has made one of it, with
    /// this balance.
    pub(crate) fn with_script(value: u128) -> (World, AccountId) {
        let mut world = World::new();
        assert!(world.send(0, script::upload()).receipt.status.is_success());
        let contract = world.instantiate(0, value);
        (world, contract)
    }

    /// Makes another script contract.
    pub(crate) fn instantiate(&mut self, salt: u8, value: u128) -> AccountId {
        let report = self.send(0, script::instantiate(salt, &[], value));
        assert!(report.receipt.status.is_success(), "{:?}", report.receipt);
        let code = lockstep_vm::code_hash(&script::wasm());
        let id = contract_id(&account(0), &code, &[salt; 32]);
        assert_eq!(report.receipt.output, id.0);
        id
    }

    /// Puts one transaction into a block of its own.
    pub(crate) fn submit(
        &mut self,
        signed: &SignedTransaction,
    ) -> Result<Report, InvalidTransaction> {
        let mut builder = self.chain.begin(environment(self.height));
        let result = builder.push(signed, &mut NoObserver).unwrap();
        builder.finish().unwrap();
        self.height += 1;
        result
    }

    /// Signs and submits what must be valid.
    pub(crate) fn send(&mut self, number: u8, action: Action) -> Report {
        let nonce = self.account(account(number)).nonce;
        self.send_transaction(number, transaction(number, nonce, action))
    }

    /// Signs and submits what must be valid.
    pub(crate) fn send_transaction(&mut self, number: u8, transaction: Transaction) -> Report {
        let signed = signer(number).sign(transaction);
        self.submit(&signed).unwrap()
    }

    /// Sends and returns the receipt.
    pub(crate) fn receipt(&mut self, number: u8, action: Action) -> Receipt {
        self.send(number, action).receipt
    }

    /// A committed account.
    pub(crate) fn account(&self, id: AccountId) -> Account {
        self.chain.account(&id).unwrap()
    }

    /// A committed balance.
    pub(crate) fn balance(&self, id: AccountId) -> u128 {
        self.account(id).balance
    }

    /// All committed accounts.
    pub(crate) fn accounts(&self) -> BTreeMap<AccountId, Account> {
        let mut accounts = BTreeMap::new();
        for entry in self.chain.trie().range(..) {
            let (key, value) = entry.unwrap();
            if let Some(StateKey::Account(id)) = StateKey::from_bytes(&key) {
                let account = Account::decode_all(&mut value.as_slice()).unwrap();
                assert_ne!(account, Account::default(), "the default account is stored");
                accounts.insert(id, account);
            }
        }
        accounts
    }

    /// The sum of all balances and deposits.
    pub(crate) fn supply(&self) -> u128 {
        let of = |account: &Account| {
            account.balance + account.contract.as_ref().map_or(0, |record| record.deposit)
        };
        self.accounts().values().map(of).sum()
    }
}
