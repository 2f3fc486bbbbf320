//! What the transactions of chains do: mostly calls with generated programs, and besides them every
//! other action, in ways that succeed and in ways that fail.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_cli::padded;
use lockstep_vm::{Action, code_hash, contract_id};

use super::draw::{Drawing, SENDERS};
use crate::generators::mutate;
use crate::script::{Code, codes, encode, late_code, program};

/// An account that nobody has.
const STRANGER: AccountId = AccountId([0x77; 32]);

impl Drawing<'_> {
    /// A sender and what it does.
    pub(super) fn action(&mut self) -> (usize, Action) {
        let sender = self.rng.below(SENDERS);
        let action = match self.rng.below(18) {
            0 | 1 => self.transfer(sender),
            2 | 3 => {
                let salt = self.rng.below(6) as u8;
                let (value, code, input) = (self.value(25), self.code(), self.input());
                self.instantiate((sender, salt), value, code, input)
            }
            4 | 5 => return self.upgrade(sender),
            6 | 7 => self.upload(),
            _ => self.call(),
        };
        (sender, action)
    }

    /// Makes a contract; whether it will be there is another question.
    pub(super) fn instantiate(
        &mut self,
        (sender, salt): (usize, u8),
        value: u128,
        code: CodeHash,
        input: Vec<u8>,
    ) -> Action {
        let salt = [salt; 32];
        let creator = self.signers[sender].account();
        self.contracts.push(contract_id(&creator, &code, &salt));
        self.makers.push(sender);
        Action::Instantiate {
            code,
            salt,
            input,
            value,
        }
    }

    fn transfer(&mut self, sender: usize) -> Action {
        let to = match self.rng.below(8) {
            0 => self.signers[sender].account(),
            1 => self.signers[self.rng.below(SENDERS)].account(),
            2 => self.collector,
            3 => STRANGER,
            _ => self.rng.pick(&self.contracts),
        };
        let value = self.value(75);
        Action::Transfer { to, value }
    }

    /// Most upgrades come from the contract's maker, whom it has as its admin.
    fn upgrade(&mut self, other: usize) -> (usize, Action) {
        let number = self.rng.below(self.contracts.len());
        let sender = match self.rng.chance(75) {
            true => self.makers[number],
            false => other,
        };
        let (code, input) = (self.code(), self.input());
        let upgrade = Action::Upgrade {
            contract: self.contracts[number],
            code,
            input,
        };
        (sender, upgrade)
    }

    /// Code that is new, that is there already, that has padded numbers, or that is most likely
    /// refused.
    fn upload(&mut self) -> Action {
        let (_, known) = &codes()[self.rng.below(2)];
        let code = match self.rng.below(6) {
            0 => known.clone(),
            1 | 2 => {
                return Action::Upload {
                    code: mutate(self.rng, known),
                };
            }
            3 => padded(known).unwrap_or_default(),
            _ => late_code().1.clone(),
        };
        self.uploaded.push(code_hash(&code));
        Action::Upload { code }
    }

    fn call(&mut self) -> Action {
        let contract = match self.rng.below(24) {
            0 => STRANGER,
            _ => self.rng.pick(&self.contracts),
        };
        let method = match self.rng.below(24) {
            0 => self.rng.pick(&["absent", "", "init", "upgraded"]),
            _ => "run",
        };
        Action::Call {
            contract,
            method: method.to_string(),
            input: self.input(),
            value: self.value(25),
        }
    }

    /// A code, often one that was drawn to be uploaded.
    fn code(&mut self) -> CodeHash {
        if !self.uploaded.is_empty() && self.rng.chance(50) {
            return self.rng.pick(&self.uploaded);
        }
        let code = match self.rng.below(16) {
            0 => Code::Unknown,
            1 => Code::Late,
            2..=8 => Code::Second,
            _ => Code::First,
        };
        code.hash()
    }

    fn input(&mut self) -> Vec<u8> {
        encode(&program(self.rng, &self.contracts))
    }

    /// Nothing, or so many times in a hundred a small value.
    fn value(&mut self, percent: usize) -> u128 {
        match self.rng.chance(percent) {
            true => self.rng.below(400) as u128,
            false => 0,
        }
    }
}
