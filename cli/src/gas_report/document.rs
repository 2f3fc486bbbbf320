//! The report as a document, and how it is added up.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_abi::{AccountId, CodeHash};
use lockstep_gas_meter::Protocol;
use lockstep_vm::GasUsed;
use serde::Serialize;

use super::calls::{Call, TransactionCalls, plus};
use crate::gas_profile::{Entry, Hottest, Places};
use crate::problem::Failure;
use crate::scenario::Names;

/// The document's schema.
pub(crate) const GAS_REPORT_SCHEMA: &str = "lockstep.gas-report/1";

/// The document of `lockstep gas report`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GasReportDocument {
    pub(crate) schema: &'static str,
    /// What the user asked for.
    pub(crate) target: String,
    pub(crate) protocol_version: u32,
    pub(crate) schedule_hash: String,
    /// The scenarios that were run.
    pub(crate) scenarios: Vec<String>,
    /// How many transactions were included.
    pub(crate) transactions: u64,
    /// By own gas, most first.
    pub(crate) methods: Vec<MethodReport>,
    pub(crate) sums: Sums,
    /// What people should know about names and lines, for stderr.
    #[serde(skip)]
    pub(crate) remarks: BTreeSet<String>,
}

/// One method of one contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct MethodReport {
    /// The contract's name in the scenario, or `unnamed`.
    pub(crate) contract: String,
    /// The code's name in the scenario, or its hash; both when another code here has the name.
    pub(crate) code: String,
    pub(crate) method: String,
    pub(crate) calls: u64,
    /// How many of them did not succeed.
    pub(crate) failed: u64,
    /// The gas of one call with everything that it called: least, middle and most.
    pub(crate) gas_min: u64,
    pub(crate) gas_median: u64,
    pub(crate) gas_max: u64,
    /// The sum over all calls with everything that they called.
    pub(crate) gas_with_callees: u64,
    /// The sum over all calls without what they called.
    pub(crate) own: GasSplit,
    /// The place of the contract's own code on whose behalf most of the own gas was used; none
    /// where a method runs no operator. Loading the code and making the instance have no place.
    pub(crate) hottest: Option<Hottest>,
}

/// Gas by bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct GasSplit {
    pub(crate) total: u64,
    pub(crate) wasm: u64,
    pub(crate) host: u64,
    pub(crate) storage: u64,
    pub(crate) forfeited: u64,
}

/// How the parts add up to the receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    /// The own gas of the methods above.
    pub(crate) methods: u64,
    /// The own gas of methods that were not asked for.
    pub(crate) other_methods: u64,
    pub(crate) intrinsic: u64,
    /// The gas of all receipts.
    pub(crate) receipts: u64,
}

/// The calls of one method.
#[derive(Debug, Default)]
struct MethodCalls {
    own: GasUsed,
    failed: u64,
    each: Vec<u64>,
}

/// Which method of which contract: scenarios may give one name to different codes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MethodName {
    /// As it is shown.
    contract: String,
    /// As it is shown.
    code_name: String,
    code: CodeHash,
    method: String,
}

/// Adds up calls.
pub(super) struct Builder {
    document: GasReportDocument,
    methods: BTreeMap<MethodName, MethodCalls>,
    places: BTreeMap<MethodName, Places>,
}

impl Builder {
    pub(super) fn new(protocol: &Protocol, target: &str) -> Builder {
        Builder {
            document: GasReportDocument {
                schema: GAS_REPORT_SCHEMA,
                target: target.to_string(),
                protocol_version: protocol.version,
                schedule_hash: protocol.schedule.hash().to_string(),
                scenarios: Vec::new(),
                transactions: 0,
                methods: Vec::new(),
                sums: Sums::default(),
                remarks: BTreeSet::new(),
            },
            methods: BTreeMap::new(),
            places: BTreeMap::new(),
        }
    }

    pub(super) fn scenario(&mut self, name: &str) {
        self.document.scenarios.push(name.to_string());
    }

    /// Adds what is to be known, once.
    pub(super) fn remarks(&mut self, remarks: Vec<String>) {
        self.document.remarks.extend(remarks);
    }

    /// Adds the places of a scenario's methods.
    pub(super) fn places(&mut self, methods: BTreeMap<Entry, Places>, names: &Names) {
        for (entry, places) in methods {
            let name = method_name(names, (&entry.contract, &entry.code), &entry.method);
            let known = self.places.entry(name).or_default();
            for (place, gas) in places {
                *known.entry(place).or_default() += gas;
            }
        }
    }

    pub(super) fn is_without_methods(&self) -> bool {
        self.methods.is_empty()
    }

    pub(super) fn transaction(
        &mut self,
        transaction: &TransactionCalls,
        names: &Names,
        wanted: &dyn Fn(&Call) -> bool,
    ) {
        let Some(receipt) = transaction.receipt else {
            return;
        };
        self.document.transactions += 1;
        self.document.sums.intrinsic += receipt.intrinsic;
        self.document.sums.receipts += receipt.total();
        for call in &transaction.calls {
            if !wanted(call) {
                self.document.sums.other_methods += call.own.total();
                continue;
            }
            let name = method_name(names, (&call.contract, &call.code), &call.method);
            let method = self.methods.entry(name).or_default();
            method.own = plus(method.own, call.own);
            method.failed += u64::from(!call.succeeded);
            method.each.push(call.with_callees);
        }
    }

    /// The document.
    ///
    /// # Errors
    /// When the parts do not add up to the receipts, which is a bug.
    pub(super) fn finish(mut self) -> Result<GasReportDocument, Failure> {
        let mut places = self.places;
        let shared = shared_names(self.methods.keys());
        let methods = self.methods.into_iter().map(|(name, calls)| {
            let places = places.remove(&name).unwrap_or_default();
            let is_shared = shared.contains(&name.code_name);
            method(name, is_shared, calls, Hottest::of(places))
        });
        self.document.methods = methods.collect();
        self.document
            .methods
            .sort_by_key(|method| std::cmp::Reverse(method.own.total));
        let own = self.document.methods.iter().map(|method| method.own.total);
        self.document.sums.methods = own.sum();
        self.document.check()?;
        Ok(self.document)
    }
}

/// How a method is called in the report.
fn method_name(
    names: &Names,
    (contract, code): (&AccountId, &CodeHash),
    method: &str,
) -> MethodName {
    let shown = names.show_account(contract);
    let contract = match shown.starts_with('@') {
        true => shown,
        false => "unnamed".to_string(),
    };
    MethodName {
        contract,
        code_name: names.show_code(code),
        code: *code,
        method: method.to_string(),
    }
}

/// The names that different codes have.
fn shared_names<'n>(methods: impl Iterator<Item = &'n MethodName>) -> BTreeSet<String> {
    let mut codes: BTreeMap<&str, CodeHash> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for name in methods {
        let first = codes.entry(&name.code_name).or_insert(name.code);
        if *first != name.code {
            shared.insert(name.code_name.clone());
        }
    }
    shared
}

fn method(
    name: MethodName,
    is_shared: bool,
    mut calls: MethodCalls,
    hottest: Option<Hottest>,
) -> MethodReport {
    calls.each.sort_unstable();
    let middle = calls.each.len().saturating_sub(1) / 2;
    let at = |position: usize| calls.each.get(position).copied().unwrap_or_default();
    MethodReport {
        contract: name.contract,
        code: match is_shared {
            true => format!("{} 0x{}", name.code_name, hex::encode(name.code.0)),
            false => name.code_name,
        },
        method: name.method,
        calls: u64::try_from(calls.each.len()).unwrap_or(u64::MAX),
        failed: calls.failed,
        gas_min: at(0),
        gas_median: at(middle),
        gas_max: at(calls.each.len().saturating_sub(1)),
        gas_with_callees: calls.each.iter().sum(),
        own: GasSplit {
            total: calls.own.total(),
            wasm: calls.own.wasm,
            host: calls.own.host,
            storage: calls.own.storage,
            forfeited: calls.own.forfeited,
        },
        hottest,
    }
}

impl GasReportDocument {
    /// Holds the parts against the receipts.
    ///
    /// # Errors
    /// When they do not add up.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let sums = self.sums;
        let parts = sums.methods + sums.other_methods + sums.intrinsic;
        match parts == sums.receipts {
            true => Ok(()),
            false => Err(Failure::bug(format!(
                "the parts of a gas report come to {parts} and the receipts to {}",
                sums.receipts
            ))),
        }
    }
}
