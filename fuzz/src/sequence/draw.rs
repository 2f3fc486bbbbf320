//! Chains at random.
//!
//! Most transactions are right and have enough of everything, so that what they do is done; some have
//! little gas or deposit, a wrong nonce or the wrong chain, and some blocks end before their
//! transactions do.

use std::collections::BTreeMap;

use lockstep_abi::AccountId;
use lockstep_cli::{Genesis, History, SignedBlock};
use lockstep_vm::{Action, SignedTransaction, Signer, Transaction, contract_id};

use crate::generators::Rng;
use crate::script::{Code, codes, encode, program};

/// How many accounts send transactions.
const SENDERS: usize = 3;
/// How many contracts there are before the first drawn transaction.
const CONTRACTS: u8 = 3;
/// The gas of a transaction that is to have enough.
const AMPLE_GAS: u64 = 40_000_000;

/// Draws transactions, and knows what the next ones need.
struct Drawing<'r> {
    rng: &'r mut Rng,
    signers: Vec<Signer>,
    nonces: Vec<u64>,
    contracts: Vec<AccountId>,
}

/// Who makes the contracts that there are before the first drawn transaction.
pub(crate) fn maker_of_contracts() -> AccountId {
    signer(0).account()
}

fn signer(number: usize) -> Signer {
    Signer::from_seed([number as u8 + 1; 32])
}

/// A history at random.
pub fn sequence(rng: &mut Rng) -> History {
    let signers: Vec<Signer> = (0..SENDERS).map(signer).collect();
    let genesis = Genesis {
        chain_id: 1,
        fee_collector: AccountId([7; 32]),
        block_gas_limit: if rng.chance(20) {
            AMPLE_GAS * 4
        } else {
            u64::MAX
        },
        balances: signers
            .iter()
            .map(|signer| (signer.account(), 1_000_000_000_000_000))
            .collect::<BTreeMap<_, _>>(),
    };
    let mut drawing = Drawing {
        rng,
        nonces: vec![0; signers.len()],
        signers,
        contracts: Vec::new(),
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
            actions.push(self.instantiate(0, number, 5_000, Code::First, Vec::new()));
        }
        SignedBlock {
            timestamp_ms: 1_600_000_000_000,
            transactions: actions
                .into_iter()
                .map(|action| self.sign(0, action, u64::MAX, u128::MAX))
                .collect(),
        }
    }

    fn instantiate(
        &mut self,
        sender: usize,
        salt: u8,
        value: u128,
        code: Code,
        input: Vec<u8>,
    ) -> Action {
        let (hash, salt) = (code.hash(), [salt; 32]);
        let creator = self.signers[sender].account();
        self.contracts.push(contract_id(&creator, &hash, &salt));
        Action::Instantiate {
            code: hash,
            salt,
            input,
            value,
        }
    }

    fn sign(
        &mut self,
        sender: usize,
        action: Action,
        gas_limit: u64,
        deposit_limit: u128,
    ) -> SignedTransaction {
        let signer = &self.signers[sender];
        let mut transaction = Transaction {
            chain_id: 1,
            sender: signer.account(),
            nonce: self.nonces[sender],
            gas_limit: gas_limit.min(AMPLE_GAS * 2),
            gas_price: 1,
            deposit_limit,
            action,
        };
        // What is not included uses no nonce. What is included uses one, whatever it came to, and
        // whether it is depends on the block's gas too: a guess that is wrong makes wrong nonces.
        match self.rng.below(60) {
            0 => transaction.nonce += 1,
            1 => transaction.chain_id = 2,
            _ => self.nonces[sender] += 1,
        }
        self.signers[sender].sign(transaction)
    }

    fn transaction(&mut self) -> SignedTransaction {
        let sender = self.rng.below(SENDERS);
        let action = self.action(sender);
        let gas_limit = match self.rng.below(5) {
            0 => 50_000 + self.rng.below(4_000_000) as u64,
            _ => AMPLE_GAS,
        };
        let deposit_limit = match self.rng.below(8) {
            0 => self.rng.below(100_000) as u128,
            _ => u128::MAX,
        };
        self.sign(sender, action, gas_limit, deposit_limit)
    }

    fn action(&mut self, sender: usize) -> Action {
        let contract = self.rng.pick(&self.contracts);
        let code = if self.rng.chance(50) {
            Code::First
        } else {
            Code::Second
        };
        let input = encode(&program(self.rng, &self.contracts));
        let value = if self.rng.chance(25) {
            self.rng.below(400) as u128
        } else {
            0
        };
        match self.rng.below(12) {
            0 => Action::Transfer {
                to: contract,
                value,
            },
            1 => {
                let salt = self.rng.below(6) as u8;
                self.instantiate(sender, salt, value, code, input)
            }
            2 => Action::Upgrade {
                contract,
                code: code.hash(),
                input,
            },
            _ => Action::Call {
                contract,
                method: "run".to_string(),
                input,
                value,
            },
        }
    }
}
