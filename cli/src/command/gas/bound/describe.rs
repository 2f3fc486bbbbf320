//! Bounds as text: one line per export, below it one for each term or cause, and one for calls that
//! fail if they may use more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use lockstep_gas_meter::{Bound, ExportBound, Term};

use super::ModuleBounds;
use super::wording::{of_cause, of_term};
use crate::value::grouped;

/// More terms than this are listed for an export that is asked for by name, and counted otherwise.
const TERMS_LISTED_MAX: usize = 3;

/// Bounds to be told.
pub(super) struct Described<'b> {
    pub(super) module: &'b ModuleBounds,
    /// Whether the terms and causes of calls that fail are told too.
    pub(super) failures: bool,
    /// Whether only one export was asked for, so that all its terms are told.
    pub(super) one: bool,
}

impl Described<'_> {
    /// The whole answer.
    pub(super) fn text(&self) -> String {
        let module = self.module;
        let mut out = String::new();
        let (load, instance) = (grouped(module.load_gas), grouped(module.instantiation_gas));
        let shown = module.exports.iter().map(shown_name);
        let width = shown.map(|name| name.chars().count()).max().unwrap_or(0);
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "before a call: load the code {load} (once per transaction), make the instance {instance}"
        );
        if module.exports.is_empty() {
            out.push_str("the module exports no function, so there is nothing to bound\n");
        }
        let shared = self.shared_causes();
        for export in &module.exports {
            let name = shown_name(export);
            let success = &export.on_success;
            let when = if differs(export) {
                " if it succeeds"
            } else {
                ""
            };
            let headline = self.headline(&success.bound, when);
            let calls = calls(success.calls_contracts);
            let _ = writeln!(out, "{name:width$}  {headline}{calls}");
            for line in self.details(&success.bound, &shared) {
                let _ = writeln!(out, "    {line}");
            }
            if differs(export) {
                self.failing(export, &shared, &mut out);
            }
        }
        if !shared.is_empty() {
            let _ = writeln!(out, "\ncauses of several exports");
            for (position, cause) in shared.iter().enumerate() {
                let _ = writeln!(out, "  [{}] {cause}", position + 1);
            }
        }
        out
    }

    /// What is known of calls that fail without a trap: what is known of all.
    fn failing(&self, export: &ExportBound, shared: &[String], out: &mut String) {
        let calls = calls(export.calls_contracts);
        if self.failures {
            let headline = self.headline(&export.bound, "");
            let _ = writeln!(out, "    if it fails: {headline}{calls}");
            for line in self.details(&export.bound, shared) {
                let _ = writeln!(out, "        {line}");
            }
            return;
        }
        let headline = match &export.bound {
            Bound::Linear {
                at_most: Some(most),
                ..
            } => format!("at most {}", grouped(*most)),
            Bound::Linear { .. } => {
                "linear, and may be above the gas limit (--failures lists the terms)".to_string()
            }
            Bound::Unbounded { .. } => match only_failing(export) {
                0 => "unbounded, by the same causes".to_string(),
                1 => "unbounded, by 1 cause that only failing calls reach (--failures lists it)"
                    .to_string(),
                more => format!(
                    "unbounded, by {more} causes that only failing calls reach (--failures lists \
                     them)"
                ),
            },
            bound => self.headline(bound, ""),
        };
        let _ = writeln!(out, "    if it fails: {headline}{calls}");
    }

    /// The causes that more than one export has, in the order in which they come.
    fn shared_causes(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut shared = Vec::new();
        for export in &self.module.exports {
            let mut told = self.causes(&export.on_success.bound);
            if self.failures {
                told.extend(self.causes(&export.bound));
            }
            let mut own = BTreeSet::new();
            for cause in told {
                if !own.insert(cause.clone()) {
                    continue;
                }
                let count = counts.entry(cause.clone()).or_default();
                *count += 1;
                if *count == 2 {
                    shared.push(cause);
                }
            }
        }
        shared
    }

    fn causes(&self, bound: &Bound) -> Vec<String> {
        match bound {
            Bound::Unbounded { causes, .. } => {
                let causes = causes.iter();
                causes.map(|cause| of_cause(cause, self.module)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The terms or the causes of a bound. Of causes that are listed apart, their numbers.
    fn details(&self, bound: &Bound, shared: &[String]) -> Vec<String> {
        match bound {
            Bound::Linear { terms, .. } if self.lists(terms) => {
                let terms = terms.iter();
                terms.map(|term| of_term(term, self.module)).collect()
            }
            Bound::Linear { .. } => Vec::new(),
            Bound::Unbounded { omitted, .. } => {
                let (mut lines, mut numbers) = (Vec::new(), Vec::new());
                for cause in self.causes(bound) {
                    match shared.iter().position(|known| *known == cause) {
                        Some(position) => numbers.push(format!("[{}]", position + 1)),
                        None => lines.push(cause),
                    }
                }
                if !numbers.is_empty() {
                    lines.push(format!("causes below: {}", numbers.join(" ")));
                }
                if *omitted > 0 {
                    lines.push(format!("and {omitted} more"));
                }
                lines
            }
            Bound::Exact { .. } | Bound::AtMost { .. } | Bound::Traps | Bound::Fails => Vec::new(),
        }
    }

    /// Whether terms are listed, or only counted.
    fn lists(&self, terms: &[Term]) -> bool {
        self.one || terms.len() <= TERMS_LISTED_MAX
    }

    /// The bound in a few words, and when it holds.
    fn headline(&self, bound: &Bound, when: &str) -> String {
        match bound {
            Bound::Exact { gas } => format!("exactly {}{when}", grouped(*gas)),
            Bound::AtMost { gas } => format!("at most {}{when}", grouped(*gas)),
            Bound::Linear {
                base,
                at_most,
                terms,
            } => {
                let most = at_most.map(|most| format!("; in all at most {}", grouped(most)));
                let rest = if self.lists(terms) {
                    "the following".to_string()
                } else {
                    format!("{} terms", terms.len())
                };
                format!(
                    "linear{when}: at most {} plus {rest}{}",
                    grouped(*base),
                    most.unwrap_or_default()
                )
            }
            Bound::Unbounded { .. } => format!("unbounded{when}"),
            Bound::Fails => "never succeeds".to_string(),
            Bound::Traps => "always traps: uses all gas that it was given".to_string(),
        }
    }
}

/// Whether calls that succeed have another bound than all.
fn differs(export: &ExportBound) -> bool {
    let success = &export.on_success;
    success.bound != export.bound || success.calls_contracts != export.calls_contracts
}

/// How many causes only calls that fail have.
fn only_failing(export: &ExportBound) -> u64 {
    let Bound::Unbounded { causes, omitted } = &export.bound else {
        return 0;
    };
    let also = match &export.on_success.bound {
        Bound::Unbounded { causes, .. } => causes.as_slice(),
        _ => &[],
    };
    let only = causes.iter().filter(|cause| !also.contains(cause));
    omitted.saturating_add(u64::try_from(only.count()).unwrap_or(u64::MAX))
}

fn calls(calls_contracts: bool) -> &'static str {
    if calls_contracts {
        ", plus what called contracts use"
    } else {
        ""
    }
}

fn shown_name(export: &ExportBound) -> String {
    export.name.escape_default().to_string()
}
