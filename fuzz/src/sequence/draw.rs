//! Chains at random.
//!
//! Most transactions are right and have enough of everything, so that what they do is done; some have
//! little gas or deposit, a price that nobody can pay, a wrong nonce or the wrong chain, and some
//! blocks end before their transactions do. One of the senders owns little. What they do is in
//! `actions`.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_cli::{Genesis, History, SignedBlock};
use lockstep_vm::{Action, SignedTransaction, Signer, Transaction};

use crate::generators::Rng;
use crate::script::{Code, codes};

/// How many accounts send transactions.
pub(super) const SENDERS: usize = 3;
/// The last of them, who owns little.
const POOR: usize = SENDERS - 1;
/// What the poor one owns: nothing, less than most deposits, some of them, the gas of two transactions.
const POOR_BALANCES: [u128; 4] = [0, 700, 3_000, 100_000_000];
/// What each of the others owns.
const RICH_BALANCE: u128 = 1_000_000_000_000_000;
/// How many contracts there are before the first drawn transaction.
const CONTRACTS: u8 = 3;
/// The gas of a transaction that is to have enough.
pub(super) const AMPLE_GAS: u64 = 40_000_000;
/// What senders pay for one gas. The last leaves little of what a rich one owns behind some ten
/// transactions.
const PRICES: [u128; 5] = [0, 1, 3, 7, 1_000_000];
/// Prices that nobody can pay; under the second the cost is no number of the machine.
const PRICES_TOO_HIGH: [u128; 2] = [RICH_BALANCE, u128::MAX];

/// Draws transactions, and knows what the next ones need.
pub(super) struct Drawing<'r> {
    pub(super) rng: &'r mut Rng,
    pub(super) signers: Vec<Signer>,
    pub(super) collector: AccountId,
    /// What each sender owns at first.
    balances: Vec<u128>,
    nonces: Vec<u64>,
    pub(super) contracts: Vec<AccountId>,
    /// Who makes each of the contracts.
    pub(super) makers: Vec<usize>,
    /// What drawn transactions upload.
    pub(super) uploaded: Vec<CodeHash>,
}

/// What a transaction may take.
struct Terms {
    gas_limit: u64,
    gas_price: u128,
    deposit_limit: u128,
}

/// Who makes the contracts that there are before the first drawn transaction.
pub(crate) fn maker_of_contracts() -> AccountId {
    signer(0).account()
}

fn signer(number: usize) -> Signer {
    Signer::from_seed([number as u8 + 1; 32])
}

/// The key of one of the senders.
pub(super) fn signer_of(account: &AccountId) -> Option<Signer> {
    let mut signers = (0..SENDERS).map(signer);
    signers.find(|signer| signer.account() == *account)
}

/// A history at random.
pub fn sequence(rng: &mut Rng) -> History {
    let signers: Vec<Signer> = (0..SENDERS).map(signer).collect();
    let block_gas_limit = if rng.chance(20) {
        AMPLE_GAS * 2
    } else {
        u64::MAX
    };
    let collector = match rng.chance(15) {
        true => signers[rng.below(SENDERS)].account(),
        false => AccountId([7; 32]),
    };
    let mut balances = vec![RICH_BALANCE; SENDERS];
    balances[POOR] = rng.pick(&POOR_BALANCES);
    let accounts = signers.iter().map(Signer::account);
    let genesis = Genesis {
        chain_id: 1,
        fee_collector: collector,
        block_gas_limit,
        balances: accounts.zip(balances.clone()).collect::<BTreeMap<_, _>>(),
    };
    let mut drawing = Drawing {
        rng,
        signers,
        collector,
        balances,
        nonces: vec![0; SENDERS],
        contracts: Vec::new(),
        makers: Vec::new(),
        uploaded: Vec::new(),
    };
    let mut blocks = vec![drawing.first_block()];
    for number in 0..1 + drawing.rng.below(3) as u64 {
        let count = 1 + drawing.rng.below(5);
        blocks.push(SignedBlock {
            timestamp_ms: 1_700_000_000_000 + 1_000 * number,
            transactions: (0..count).map(|_| drawing.transaction()).collect(),
        });
    }
    History::new(genesis, blocks)
}

impl Drawing<'_> {
    /// Uploads both codes and makes the contracts.
    fn first_block(&mut self) -> SignedBlock {
        let uploads = codes()
            .iter()
            .map(|(_, code)| Action::Upload { code: code.clone() });
        let mut actions: Vec<Action> = uploads.collect();
        for number in 0..CONTRACTS {
            actions.push(self.instantiate((0, number), 5_000, Code::First.hash(), Vec::new()));
        }
        let ample = || Terms {
            gas_limit: AMPLE_GAS,
            gas_price: 1,
            deposit_limit: u128::MAX,
        };
        SignedBlock {
            timestamp_ms: 1_600_000_000_000,
            transactions: actions
                .into_iter()
                .map(|action| self.sign(0, action, ample()))
                .collect(),
        }
    }

    fn sign(&mut self, sender: usize, action: Action, terms: Terms) -> SignedTransaction {
        let cost = u128::from(terms.gas_limit).checked_mul(terms.gas_price);
        let cost = cost.and_then(|cost| cost.checked_add(action.value()));
        let is_payable = cost.is_some_and(|cost| cost <= self.balances[sender]);
        let is_reserved = matches!(
            &action,
            Action::Call { method, .. } if method == "init" || method == "upgraded"
        );
        let signer = &self.signers[sender];
        let mut transaction = Transaction {
            chain_id: 1,
            sender: signer.account(),
            nonce: self.nonces[sender],
            gas_limit: terms.gas_limit,
            gas_price: terms.gas_price,
            deposit_limit: terms.deposit_limit,
            action,
        };
        // What is not included uses no nonce. What is included uses one, whatever it came to, and
        // whether it is depends on the block's gas too, and on what the sender has left: a guess
        // that is wrong makes wrong nonces.
        match self.rng.below(60) {
            0 => transaction.nonce += 1,
            1 => transaction.chain_id = 2,
            _ if is_reserved || !is_payable => {}
            _ => self.nonces[sender] += 1,
        }
        self.signers[sender].sign(transaction)
    }

    fn transaction(&mut self) -> SignedTransaction {
        let (sender, action) = self.action();
        let gas_limit = match self.rng.below(5) {
            0 => 50_000 + self.rng.below(4_000_000) as u64,
            _ => AMPLE_GAS,
        };
        let deposit_limit = match self.rng.below(8) {
            0 => self.rng.below(6_000) as u128,
            _ => u128::MAX,
        };
        let gas_price = self.gas_price(sender);
        let terms = Terms {
            gas_limit,
            gas_price,
            deposit_limit,
        };
        self.sign(sender, action, terms)
    }

    fn gas_price(&mut self, sender: usize) -> u128 {
        match self.rng.below(24) {
            0 => self.rng.pick(&PRICES_TOO_HIGH),
            1..=16 if sender == POOR => 0,
            _ => self.rng.pick(&PRICES),
        }
    }
}
