//! Whole chains at random: blocks of signed transactions from several senders, in worlds that must
//! not make a difference.
//!
//! [`sequence`] draws a history: the two codes of [`script`](crate::script) are uploaded, contracts
//! are made, and then come blocks of calls with generated programs, contracts, transfers and
//! upgrades, with little gas, little deposit, wrong nonces and wrong chains among them.
//! [`SequenceJudge`] executes it in the base world, on every other engine, and in the worlds of
//! `lockstep fuzz det` that need no other process, and compares everything: endings, receipts, host
//! calls, what frames left behind, state changes and roots. So engines agree here, a dry run says
//! what a run does, a cold cache is as good as a warm one, and a witness as good as the state.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockstep_abi::AccountId;
use lockstep_cli::{
    Cadence, Ending, EngineMaker, Execution, Genesis, History, Manner, NamedEngine, SignedBlock,
    Watch, World, WorldAnswer, base_engine, compare, perform, standard_worlds,
};
use lockstep_engines::EngineKind;
use lockstep_gas_meter::Protocol;
use lockstep_vm::{Action, Machine, Receipt, SignedTransaction, Signer, Transaction, contract_id};

use crate::generators::Rng;
use crate::oracles::Finding;
use crate::script::{Code, codes, encode, program};

/// How many accounts send transactions.
const SENDERS: usize = 3;
/// How many contracts there are before the first drawn transaction.
const CONTRACTS: u8 = 3;
/// The gas of a transaction that is to have enough.
const AMPLE_GAS: u64 = 40_000_000;
/// So many host calls make a transaction one that does real work.
const WORK_CALLS: usize = 10;

/// What the chains did, to see that it was something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SequenceWork {
    /// Chains.
    pub sequences: u64,
    /// Transactions behind the uploads and the first contracts.
    pub transactions: u64,
    /// Of these, how many were included.
    pub included: u64,
    /// Of these, how many succeeded.
    pub succeeded: u64,
    /// How many did real work: at least ten host calls.
    pub working: u64,
    /// Executions of whole chains, the base world's included.
    pub executions: u64,
}

/// Executes chains in several worlds.
pub struct SequenceJudge {
    base: EngineMaker,
    worlds: Vec<Box<dyn World>>,
    /// What was done so far.
    pub work: SequenceWork,
}

impl Default for SequenceJudge {
    fn default() -> SequenceJudge {
        let base = base_engine();
        let engines = other_engines();
        SequenceJudge {
            worlds: standard_worlds(&base, &engines, None),
            base,
            work: SequenceWork::default(),
        }
    }
}

/// Every engine that is built in but the base world's own.
pub fn other_engines() -> Vec<NamedEngine> {
    let kinds = EngineKind::available().filter(|kind| *kind != EngineKind::default());
    let named = kinds.map(|kind| NamedEngine {
        name: kind.name().to_string(),
        make: Arc::new(move || {
            kind.build()
                .expect("every engine that is built in works here")
        }),
    });
    named.collect()
}

impl SequenceJudge {
    /// Judges the chain of a seed. Worlds that cost much take part in some chains only. `Ok(true)`
    /// means that a drawn transaction did real work.
    ///
    /// # Errors
    /// The world, and the first difference.
    pub fn seed(&mut self, seed: u64) -> Result<bool, Finding> {
        let history = sequence(&mut Rng::new(seed));
        let machine = Machine::new(Protocol::v1(), (self.base)());
        let base = perform(&history, machine, Manner::Observed, Watch::Calls).execution;
        if let Some(reason) = &base.fatal {
            return Err(format!("the machine stops in the base world: {reason}"));
        }
        let working = self.count(&base);
        for world in &mut self.worlds {
            let takes_part = match world.cadence() {
                Cadence::Always => true,
                Cadence::OneOf(number) => seed.is_multiple_of(number),
            };
            if !takes_part {
                continue;
            }
            self.work.executions += 1;
            let name = world.name();
            let answer = world.execute(&history, Watch::Calls);
            let answer = answer.map_err(|failure| format!("{name}: {failure}"))?;
            if let WorldAnswer::Executed(other, _) = answer
                && let Some(found) = compare(&base, &other)
            {
                return Err(format!("{name}: {found:?}"));
            }
        }
        Ok(working)
    }

    fn count(&mut self, base: &Execution) -> bool {
        self.work.sequences += 1;
        self.work.executions += 1;
        let before = self.work.working;
        for transaction in base
            .blocks
            .iter()
            .skip(1)
            .flat_map(|block| &block.transactions)
        {
            let calls = transaction.calls.as_ref().map_or(0, Vec::len);
            self.work.transactions += 1;
            self.work.working += u64::from(calls >= WORK_CALLS);
            if let Ending::Included { receipt, .. } = &transaction.ending {
                let receipt = Receipt::from_bytes(&receipt.0);
                let succeeded = receipt.is_ok_and(|receipt| receipt.status.is_success());
                self.work.included += 1;
                self.work.succeeded += u64::from(succeeded);
            }
        }
        self.work.working > before
    }
}

/// Draws transactions, and knows what the next ones need.
struct Drawing<'r> {
    rng: &'r mut Rng,
    signers: Vec<Signer>,
    nonces: Vec<u64>,
    contracts: Vec<AccountId>,
}

/// A history at random.
pub fn sequence(rng: &mut Rng) -> History {
    let signers: Vec<Signer> = (0..SENDERS)
        .map(|number| Signer::from_seed([number as u8 + 1; 32]))
        .collect();
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
