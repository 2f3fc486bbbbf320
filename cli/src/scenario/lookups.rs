//! What all parts of the resolution need: numbers in range, names that are well formed, codes and
//! their ABIs. Each notes a mistake at its place.

use lockstep_abi::{CodeHash, ContractAbi};
use toml::Spanned;

use super::resolve::{Resolver, without_at};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::suggest::did_you_mean;
use crate::value::{Value, grouped, unsigned};

/// The longest name.
const NAME_CHARACTERS_MAX: usize = 64;

impl Resolver<'_> {
    /// A number from 0 to `max`, or `default` when none is stated.
    pub(super) fn number(
        &mut self,
        value: Option<&Spanned<Value>>,
        max: u128,
        default: u128,
    ) -> u128 {
        let Some(value) = value else { return default };
        match unsigned(value.get_ref(), max) {
            Ok(number) => number,
            Err((message, found)) => {
                let code = match found {
                    Some(_) => ProblemCode::ScenarioNumber,
                    None => ProblemCode::ScenarioType,
                };
                let help = format!("write an integer from 0 to {}", grouped(max));
                let mut problem = Problem::new(code, message, help);
                if let Some(found) = found {
                    let missed = if found.starts_with('-') { 0 } else { max };
                    problem = problem.beyond(grouped(missed), found);
                }
                self.report(value.span(), problem);
                default
            }
        }
    }

    /// A number that fits into a u64.
    pub(super) fn number_u64(&mut self, value: Option<&Spanned<Value>>, default: u64) -> u64 {
        let number = self.number(value, u64::MAX.into(), default.into());
        u64::try_from(number).unwrap_or(default)
    }

    /// Whether a name that the scenario gives can be one.
    pub(super) fn name_is_well_formed(&mut self, name: &Spanned<String>) -> bool {
        let text = name.get_ref();
        let characters_fit = text.chars().all(|character| {
            character.is_ascii_alphanumeric() || character == '_' || character == '-'
        });
        let fits = characters_fit
            && !text.starts_with("0x")
            && (1..=NAME_CHARACTERS_MAX).contains(&text.len());
        if !fits {
            let message = format!("\"{text}\" is not a name");
            let help = "use 1 to 64 letters, digits, `_` and `-`; a name does not begin with 0x, as ids do";
            self.report(
                name.span(),
                Problem::new(ProblemCode::ScenarioName, message, help),
            );
        }
        fits
    }

    /// The code of that name (with or without `@`).
    pub(super) fn code(&mut self, name: &Spanned<String>) -> Option<CodeHash> {
        let wanted = without_at(name.get_ref());
        let found = self.names.code(wanted);
        if found.is_none() && !self.unread.contains(wanted) {
            let candidates: Vec<String> =
                self.names.codes().map(|(name, _)| name.clone()).collect();
            let message = format!("there is no code named \"{wanted}\" in [code]");
            let help = did_you_mean(wanted, &candidates);
            let problem = Problem::new(ProblemCode::ScenarioUnknownName, message, help);
            self.report(name.span(), problem);
        }
        found
    }

    /// The ABI of a code.
    pub(super) fn abi(&self, code: Option<CodeHash>) -> Option<ContractAbi> {
        self.codes.get(&code?)?.abi.clone()
    }
}
