//! What there is to call: the accounts, contracts, codes and methods of a scenario.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_abi::{AccountId, CodeHash, ContractAbi, Method, MethodKind};
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Account, Action, Receipt, StateKey, contract_id};
use parity_scale_codec::Decode;

use super::arguments::can_be_given;
use super::candidate::{Candidate, Planned};
use super::execution::{Change, Ending, Execution};
use crate::printable::printable;
use crate::scenario::Scenario;

/// The exports that the machine calls at their time, and nobody else can.
pub(super) const LIFECYCLE: [&str; 2] = ["init", "upgraded"];

/// The most contracts that are taken in besides those that the seed makes itself.
const DISCOVERED_MAX: usize = 16;

/// What is known of a method's gas.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MethodGas {
    /// The most that was used outside of Wasm code: intrinsic, host and storage.
    pub(super) outside: u64,
    /// The most that was used in all.
    pub(super) total: u64,
}

/// What there is to call.
pub(super) struct Surface {
    /// How many accounts can send.
    pub(super) senders: usize,
    /// Accounts, which come first, contracts and codes: what arguments can identify.
    pub(super) ids: Vec<[u8; 32]>,
    /// The codes.
    pub(super) codes: Vec<CodeHash>,
    /// The contracts that the seed makes, or that contracts were seen to make, with the codes that
    /// they may have.
    pub(super) contracts: BTreeMap<AccountId, BTreeSet<CodeHash>>,
    /// How many contracts were seen to be made by contracts.
    discovered: usize,
    abis: BTreeMap<CodeHash, ContractAbi>,
    /// The methods of codes that their ABIs do not name, and those that take more than can be given.
    unnamed: BTreeMap<CodeHash, Vec<String>>,
    /// The methods of ABIs that the modules do not export.
    missing: BTreeMap<CodeHash, Vec<String>>,
    gas: BTreeMap<(AccountId, String), MethodGas>,
    /// What to say of methods that are called otherwise than their ABIs say, or not at all.
    pub(super) remarks: Vec<String>,
}

impl Surface {
    /// The surface of a scenario and its transactions.
    pub(super) fn new(scenario: &Scenario, seed: &Candidate) -> Surface {
        let accounts: Vec<AccountId> = scenario
            .accounts
            .iter()
            .map(|account| account.signer.account())
            .collect();
        let mut contracts: BTreeMap<AccountId, BTreeSet<CodeHash>> = BTreeMap::new();
        for planned in seed.each() {
            match &planned.action {
                Action::Instantiate { code, salt, .. } => {
                    let id = contract_id(&accounts[planned.sender], code, salt);
                    contracts.entry(id).or_default().insert(*code);
                }
                Action::Upgrade { contract, code, .. } => {
                    contracts.entry(*contract).or_default().insert(*code);
                }
                _ => {}
            }
        }
        let codes: Vec<CodeHash> = scenario.codes.keys().copied().collect();
        let ids = accounts.iter().map(|id| id.0);
        let ids = ids
            .chain(contracts.keys().map(|id| id.0))
            .chain(codes.iter().map(|code| code.0))
            .collect();
        let abis = scenario.codes.iter();
        let mut surface = Surface {
            senders: accounts.len(),
            ids,
            codes,
            contracts,
            discovered: 0,
            abis: abis
                .filter_map(|(hash, code)| Some((*hash, code.abi.clone()?)))
                .collect(),
            unnamed: BTreeMap::new(),
            missing: BTreeMap::new(),
            gas: BTreeMap::new(),
            remarks: Vec::new(),
        };
        surface.take_types_away(scenario);
        surface
    }

    /// Treats methods like those of which no ABI says anything, when no call can be given what they
    /// take.
    fn take_types_away(&mut self, scenario: &Scenario) {
        for (hash, abi) in &mut self.abis {
            let takes_too_much = |method: &mut Method| {
                let types = method.params.iter().map(|field| &field.ty);
                !can_be_given(types)
            };
            for method in abi.methods.extract_if(.., takes_too_much) {
                let code = scenario.names.show_code(hash);
                self.remarks.push(format!(
                    "{code}: by its ABI, {} takes more than a call can be given; it gets bytes of \
                     no type",
                    printable(&method.name)
                ));
                if method.kind.is_callable() {
                    self.unnamed.entry(*hash).or_default().push(method.name);
                }
            }
        }
    }

    /// The surface of contracts whose codes are known, to describe transactions by.
    pub(super) fn of_contracts(
        contracts: BTreeMap<AccountId, BTreeSet<CodeHash>>,
        abis: BTreeMap<CodeHash, ContractAbi>,
    ) -> Surface {
        Surface {
            senders: 0,
            ids: Vec::new(),
            codes: Vec::new(),
            contracts,
            discovered: 0,
            abis,
            unnamed: BTreeMap::new(),
            missing: BTreeMap::new(),
            gas: BTreeMap::new(),
            remarks: Vec::new(),
        }
    }

    /// The same with what the modules of codes export: methods that their ABIs do not name are there
    /// besides, and those that they do not export are not. The modules are prepared for this, which
    /// takes its time.
    pub(super) fn with_exports(mut self, scenario: &Scenario) -> Surface {
        for (hash, code) in &scenario.codes {
            // Code that is refused has none.
            let Ok(prepared) = prepare(&code.bytes, &Protocol::v1()) else {
                continue;
            };
            let exported: Vec<&str> = prepared.methods().collect();
            let mut named = BTreeSet::new();
            if let Some(abi) = self.abis.get_mut(hash) {
                let is_there = |method: &Method| exported.contains(&method.name.as_str());
                let missing = abi.methods.iter().filter(|method| !is_there(method));
                let missing: Vec<String> = missing.map(|method| method.name.clone()).collect();
                abi.methods.retain(is_there);
                let callable = abi.methods.iter().filter(|it| it.kind.is_callable());
                named.extend(callable.map(|method| method.name.as_str()));
                if !missing.is_empty() {
                    self.remarks.push(format!(
                        "not called, since the module of {} does not export what its ABI has: {}",
                        scenario.names.show_code(hash),
                        printable(&missing.join(", "))
                    ));
                    self.missing.insert(*hash, missing);
                }
            }
            let unnamed = exported.into_iter();
            let unnamed = unnamed.filter(|it| !LIFECYCLE.contains(it) && !named.contains(it));
            let unnamed = unnamed.map(str::to_string).collect();
            self.unnamed.insert(*hash, unnamed);
        }
        self
    }

    /// Whether a code's ABI has a method of this name that its module does not export.
    pub(super) fn is_missing(&self, code: &CodeHash, method: &str) -> bool {
        let mut missing = self.missing.get(code).into_iter().flatten();
        missing.any(|name| name == method)
    }

    /// The same with the contracts of another surface.
    pub(super) fn with_contracts_of(mut self, other: &Surface) -> Surface {
        for (contract, codes) in &other.contracts {
            self.contracts.entry(*contract).or_default().extend(codes);
        }
        self
    }

    /// Takes in the contracts that an execution's contracts made, up to a limit, with the code that
    /// they have after it. Returns whether there was any that was not known.
    pub(super) fn discover(&mut self, execution: &Execution) -> bool {
        let transactions = execution.blocks.iter().flat_map(|it| &it.transactions);
        let changes = transactions.flat_map(|transaction| match &transaction.ending {
            Ending::Included { changes, .. } => changes.as_slice(),
            Ending::Invalid(_) => &[],
        });
        let mut any = false;
        for (contract, code, admin) in changes.filter_map(contract_after) {
            let is_known = self.contracts.contains_key(&contract);
            // Changed copies of the seed's transactions make contracts that are like the seed's.
            let is_made_by_account = self.ids[..self.senders].contains(&admin.0);
            if !is_known && !is_made_by_account && self.discovered < DISCOVERED_MAX {
                self.discovered += 1;
                self.ids.push(contract.0);
                self.contracts.insert(contract, BTreeSet::from([code]));
                any = true;
            }
        }
        any
    }

    /// The methods that can be called on a contract and of which its ABI says nothing.
    pub(super) fn unnamed_methods(&self, contract: &AccountId) -> Vec<&str> {
        let codes = self.contracts.get(contract).into_iter().flatten();
        codes
            .filter_map(|code| self.unnamed.get(code))
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// The methods that can be called on a contract, as its ABI describes them.
    pub(super) fn methods(&self, contract: &AccountId) -> Vec<&Method> {
        let codes = self.contracts.get(contract).into_iter().flatten();
        codes
            .filter_map(|code| self.abis.get(code))
            .flat_map(|abi| &abi.methods)
            .filter(|method| {
                method.kind.is_callable() && !LIFECYCLE.contains(&method.name.as_str())
            })
            .collect()
    }

    /// The method that an action runs, as the ABI describes it.
    pub(super) fn method(&self, action: &Action) -> Option<&Method> {
        match action {
            Action::Call {
                contract, method, ..
            } => {
                let methods = self.methods(contract);
                methods.into_iter().find(|known| known.name == *method)
            }
            Action::Instantiate { code, .. } => self.hook(code, MethodKind::Init),
            Action::Upgrade { code, .. } => self.hook(code, MethodKind::Upgraded),
            Action::Transfer { .. } | Action::Upload { .. } => None,
        }
    }

    fn hook(&self, code: &CodeHash, kind: MethodKind) -> Option<&Method> {
        let methods = &self.abis.get(code)?.methods;
        methods.iter().find(|method| method.kind == kind)
    }

    /// Remembers what a transaction used.
    pub(super) fn learn(&mut self, planned: &Planned, receipt: &Receipt) {
        if let Action::Call {
            contract, method, ..
        } = &planned.action
        {
            let used = receipt.gas_used;
            let outside = used.intrinsic + used.host + used.storage;
            let known = self.gas.entry((*contract, method.clone())).or_default();
            known.outside = known.outside.max(outside);
            let total = (used.total() - used.forfeited).max(known.total);
            known.total = total;
        }
    }

    /// What is known of the gas of a call.
    pub(super) fn gas(&self, action: &Action) -> Option<MethodGas> {
        match action {
            Action::Call {
                contract, method, ..
            } => self.gas.get(&(*contract, method.clone())).copied(),
            _ => None,
        }
    }
}

/// The contract that an account is after a change, its code, and who made it.
fn contract_after(change: &Change) -> Option<(AccountId, CodeHash, AccountId)> {
    let StateKey::Account(id) = StateKey::from_bytes(&change.key.0)? else {
        return None;
    };
    let account = Account::decode(&mut change.after.as_ref()?.0.as_slice()).ok()?;
    let contract = account.contract?;
    Some((id, contract.code, contract.admin))
}
