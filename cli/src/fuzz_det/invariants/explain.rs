//! The fewest calls that break an invariant, as a scenario that expects it to hold.

use std::path::Path;

use super::{Candidate, Control, Search, Violation, broken, show};
use crate::fuzz_det::description::describe;
use crate::fuzz_det::finding_file::{expectations, write_finding};
use crate::fuzz_det::minimise::minimise;
use crate::fuzz_det::surface::Surface;
use crate::problem::Failure;
use crate::scenario::Scenario;

impl Search<'_> {
    /// Cuts a candidate down that breaks the invariant at this position, and writes it.
    pub(super) fn explain(
        &mut self,
        scenario: &Scenario,
        (candidate, position): (&Candidate, usize),
        out: Option<&Path>,
        control: &dyn Control,
    ) -> Result<Violation, Failure> {
        let invariant = self.invariants[position].clone();
        let came_to = |search: &mut Search<'_>, candidate: &Candidate| {
            let checked = search.with_checks(candidate, position..position + 1);
            let based = search.base.run_from_genesis(&checked).ok()?;
            let came_to = broken(&invariant, based.endings.last()?)?;
            Some((came_to, checked, based.endings))
        };
        let surface = Surface::new(scenario, candidate);
        let smallest = minimise(candidate, &surface, control, |smaller: &Candidate| {
            came_to(self, smaller).is_some()
        });
        let (came_to, checked, endings) = came_to(self, &smallest)
            .ok_or_else(|| Failure::bug("an invariant was broken and holds again"))?;
        let mut expected = expectations(&endings);
        if let Some(last) = expected.last_mut() {
            let holds = if invariant.gives_bool {
                ", output = true"
            } else {
                ""
            };
            *last = format!("{{ status = \"success\"{holds} }}");
        }
        let shown = show(scenario, &invariant);
        let file = match out {
            None => None,
            Some(folder) => {
                let name = format!("finding-{}", invariant.method);
                let about = format!("{shown} must hold after these transactions");
                let parts = (&checked, expected.as_slice());
                let file = write_finding(folder, &name, &about, scenario, parts)?;
                Some(file.to_string_lossy().into_owned())
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
