//! The fewest calls that break an invariant, as a scenario that expects it to hold.

use std::path::Path;

use super::known::broken;
use super::{Candidate, Control, Search, Violation, show};
use crate::fuzz_det::description::describe;
use crate::fuzz_det::expected::expected_statuses;
use crate::fuzz_det::finding_file::write_finding;
use crate::fuzz_det::finding_name::finding_name;
use crate::fuzz_det::minimise::minimise;
use crate::fuzz_det::surface::Surface;
use crate::problem::Failure;

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
            let came_to = broken(&invariant, ended?.as_ref().ok()?)?;
            Some((came_to, checked, based.endings))
        };
        let surface = Surface::new(scenario, candidate);
        let smallest = minimise(candidate, &surface, control, |smaller: &Candidate| {
            came_to(self, smaller).is_some()
        });
        let (came_to, checked, endings) = came_to(self, &smallest)
            .ok_or_else(|| Failure::bug("an invariant was broken and holds again"))?;
        let mut expected = expected_statuses(&endings);
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
                let name = self.name.clone();
                let name = name.unwrap_or_else(|| finding_name(shown.trim_start_matches('@')));
                let about = format!("{shown} must hold after these transactions");
                let parts = (&checked, expected.as_slice());
                let file = write_finding(folder, &name, &about, scenario, parts);
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
