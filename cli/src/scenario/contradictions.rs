//! Expectations that exclude each other, or that nothing of the kind can come to.

use std::ops::Range;

use lockstep_vm::Status;

use super::document::Expect;
use super::plan::OutputKind;
use super::resolve::Resolver;
use crate::outcome_names::{status_from_name, status_name};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;

impl Resolver<'_> {
    /// Notes what can never come true together.
    pub(super) fn refuse_contradictions(&mut self, expect: &Expect, output_kind: &OutputKind) {
        self.refuse_beside_invalid(expect);
        self.refuse_two_endings(expect);
        self.refuse_refused(expect, output_kind);
    }

    /// An invalid transaction has no receipt, so nothing of one can be expected of it.
    fn refuse_beside_invalid(&mut self, expect: &Expect) {
        let Some(invalid) = &expect.invalid else {
            return;
        };
        let stated = [
            ("status", expect.status.is_some()),
            ("gas", expect.gas.is_some()),
            ("fee", expect.fee.is_some()),
            ("deposit", expect.deposit.is_some()),
            ("output", expect.output.is_some()),
            ("error", expect.error.is_some()),
            ("message", expect.message.is_some()),
            ("events", expect.events.is_some()),
            ("refused", expect.refused.is_some()),
        ];
        let others: Vec<&str> = stated
            .iter()
            .filter(|(_, stated)| *stated)
            .map(|(key, _)| *key)
            .collect();
        if !others.is_empty() {
            let message = format!(
                "`invalid` together with {}: an invalid transaction has no receipt",
                others.join(", ")
            );
            self.contradiction(invalid.span(), message, "keep `invalid`, or the others");
        }
    }

    /// Each of these belongs to one ending: the one that is stated, and that of the others.
    fn refuse_two_endings(&mut self, expect: &Expect) {
        let keys = [
            (
                "output",
                expect.output.as_ref().map(|it| it.span()),
                Status::Success,
            ),
            (
                "error",
                expect.error.as_ref().map(|it| it.span()),
                Status::Reverted,
            ),
            (
                "message",
                expect.message.as_ref().map(|it| it.span()),
                Status::Panicked,
            ),
            (
                "refused",
                expect.refused.as_ref().map(|it| it.span()),
                Status::CodeRefused,
            ),
        ];
        let status = expect.status.as_ref();
        let mut before = status
            .filter(|status| status_from_name(status.get_ref()).is_some())
            .map(|status| ("status", status.get_ref().clone()));
        for (key, span, ending) in keys {
            let (Some(span), ending) = (span, status_name(ending)) else {
                continue;
            };
            match &before {
                Some((first, other)) if *other != ending => {
                    let message = format!(
                        "`{key}` needs the status {ending}, and `{first}` the status {other}"
                    );
                    let help = "keep one of the two";
                    self.contradiction(span, message, help);
                }
                Some(_) => {}
                None => before = Some((key, ending)),
            }
        }
    }

    /// Only an upload is refused, and never without a reason.
    fn refuse_refused(&mut self, expect: &Expect, output_kind: &OutputKind) {
        let Some(refused) = &expect.refused else {
            return;
        };
        if !matches!(output_kind, OutputKind::Code) {
            let message = "`refused` is expected of what is no upload".to_string();
            let help = "remove it, or state the ending with `status`";
            self.contradiction(refused.span(), message, help);
        } else if refused.get_ref().is_empty() {
            let message = "`refused` states no reason, and a refusal has one at least".to_string();
            let help = "list the codes of all reasons, or write status = \"code_refused\"";
            self.contradiction(refused.span(), message, help);
        }
    }

    fn contradiction(&mut self, span: Range<usize>, message: String, help: &str) {
        let problem = Problem::new(ProblemCode::ScenarioExpectation, message, help);
        self.report(span, problem);
    }
}
