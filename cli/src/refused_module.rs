//! A module that is refused where another command had to run it.

use lockstep_gas_meter::Refusal;

use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::shell_word::shell_word;

/// That a module is refused, with the first reason. `shown` is how its file is named.
pub(crate) fn refused_module(shown: &str, refusal: &Refusal) -> Failure {
    let help = format!(
        "`lockstep check {}` lists every reason and what to do",
        shell_word(shown)
    );
    let message = match refusal.violations.as_slice() {
        [only] => format!("{shown} is refused: {}", only.message),
        [first, ..] => format!(
            "{shown} is refused; the first of {} reasons: {}",
            refusal.violations.len(),
            first.message
        ),
        [] => format!("{shown} is refused"),
    };
    let problem = Problem::new(ProblemCode::ModuleRefused, message, help);
    Failure::new(Exit::Refused, problem)
}
