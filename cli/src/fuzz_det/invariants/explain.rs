//! The fewest calls that break an invariant, as a scenario that expects it to hold.

use std::path::Path;

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Action, contract_id};

use super::known::{Invariant, told};
use super::test_file::write_test;
use super::{Candidate, Control, Search, Violation, show};
use crate::fuzz_det::base::Ended;
use crate::fuzz_det::description::describe;
use crate::fuzz_det::expected::{expected_set_up, succeeded};
use crate::fuzz_det::finding_name::finding_name;
use crate::fuzz_det::minimise::minimise;
use crate::fuzz_det::surface::Surface;
use crate::problem::Failure;
use crate::scenario::Scenario;

impl Search<'_> {
    /// Cuts a candidate down that breaks the invariant at this position, and writes it. That it could
    /// not be written is in `unwritten`.
    pub(super) fn explain(
        &mut self,
        (candidate, position): (&Candidate, usize),
        out: Option<&Path>,
        control: &dyn Control,
    ) -> Result<Violation, Failure> {
        let scenario = self.scenario;
        let invariant = self.invariants[position].clone();
        let came_to = |search: &mut Search<'_>, candidate: &Candidate| {
            let checked = search.with_checks(candidate, position..position + 1);
            let based = search.base.run_from_genesis(&checked).ok()?;
            // The last is another call where the machine stopped.
            let ended = based
                .endings
                .last()
                .filter(|_| based.execution.fatal.is_none());
            let came_to = told(&invariant, ended?.as_ref().ok()?).broken()?;
            Some((came_to, checked, based.endings))
        };
        let surface = Surface::new(scenario, candidate).with_contracts_of(&self.surface);
        let smallest = minimise(candidate, &surface, control, |smaller: &Candidate| {
            came_to(self, smaller).is_some()
        });
        let (came_to, checked, endings) = came_to(self, &smallest)
            .ok_or_else(|| Failure::bug("an invariant was broken and holds again"))?;
        let mut expected = expected_set_up(&checked, &endings);
        if let Some(last) = expected.last_mut() {
            let code = stated_code(scenario, (&checked, &endings), &invariant.contract);
            *last = holds(scenario, &invariant, code);
        }
        let shown = show(scenario, &invariant);
        let file = match out {
            None => None,
            Some(folder) => {
                let name = self.name.clone();
                let name = name.unwrap_or_else(|| finding_name(shown.trim_start_matches('@')));
                let about = format!("{shown} must hold after these transactions");
                let parts = (&checked, expected.as_slice());
                let file = write_test(folder, &name, &about, scenario, parts);
                let file = file.map_err(|failure| self.unwritten = Some(failure));
                file.ok().map(|file| file.to_string_lossy().into_owned())
            }
        };
        let words = smallest
            .each()
            .map(|planned| describe(&planned.action, &scenario.names, &surface));
        Ok(Violation {
            invariant: shown,
            came_to,
            transactions: words.collect(),
            transactions_before: candidate.transactions(),
            file,
        })
    }
}

/// What is expected of the call of an invariant. Where the scenario that is written knows no ABI
/// of the contract, as of one that a contract made, the output is bytes.
fn holds(scenario: &Scenario, invariant: &Invariant, code: Option<CodeHash>) -> String {
    let abi = code.and_then(|code| scenario.codes.get(&code)?.abi.as_ref());
    let mut methods = abi.iter().flat_map(|abi| &abi.methods);
    let is_known = methods.any(|method| method.name == invariant.method);
    let output = match (invariant.gives_bool, is_known) {
        (false, _) => "",
        (true, true) => ", output = true",
        (true, false) => ", output = \"0x01\"",
    };
    format!("{{ status = \"success\"{output} }}")
}

/// The code that a scenario of these transactions says that a contract has in the end.
fn stated_code(
    scenario: &Scenario,
    (candidate, endings): (&Candidate, &[Ended]),
    contract: &AccountId,
) -> Option<CodeHash> {
    let mut stated = None;
    for (planned, ended) in candidate.each().zip(endings) {
        match &planned.action {
            Action::Instantiate { code, salt, .. } => {
                let creator = scenario.accounts[planned.sender].signer.account();
                if contract_id(&creator, code, salt) == *contract {
                    stated = stated.or(Some(*code));
                }
            }
            Action::Upgrade {
                contract: upgraded,
                code,
                ..
            } if upgraded == contract && succeeded(ended) => stated = Some(*code),
            _ => {}
        }
    }
    stated
}
