//! The functions and places that bounds mention, with their names and source lines.

use std::collections::{BTreeMap, BTreeSet};

use lockstep_gas_meter::{Bound, Cause, ExportBound, Place, Quantity, Source, Why};

use crate::gas_profile::code::CodeMap;

/// What bounds mention.
#[derive(Default)]
pub(super) struct Mentioned {
    functions: BTreeSet<u32>,
    offsets: BTreeSet<u64>,
}

impl Mentioned {
    /// What these mention.
    pub(super) fn by(exports: &[ExportBound]) -> Mentioned {
        let mut mentioned = Mentioned::default();
        let bounds = exports
            .iter()
            .flat_map(|export| [&export.bound, &export.on_success.bound]);
        for bound in bounds {
            match bound {
                Bound::Unbounded { causes, .. } => {
                    causes.iter().for_each(|cause| mentioned.cause(cause));
                }
                Bound::Linear { terms, .. } => {
                    let quantities = terms.iter().map(|term| term.quantity);
                    quantities.for_each(|quantity| mentioned.quantity(quantity));
                }
                Bound::Exact { .. } | Bound::AtMost { .. } | Bound::Traps | Bound::Fails => {}
            }
        }
        mentioned
    }

    /// The names of the functions, of those that have one.
    pub(super) fn functions(&self, map: &CodeMap) -> BTreeMap<u32, String> {
        let named = self.functions.iter();
        named
            .filter_map(|index| Some((*index, map.known_name(*index)?.to_string())))
            .collect()
    }

    /// The source lines of the places, of those that have one. Where the line is in a library
    /// and is inlined into the contract's own code, the own line stands behind it.
    pub(super) fn lines(&self, map: &CodeMap) -> BTreeMap<u64, String> {
        let lines = self.offsets.iter().filter_map(|offset| {
            let line = map.line(*offset)?;
            let own = map.own_line(*offset).filter(|own| *own != line);
            let shown = format!("{}:{}", line.file, line.line);
            let own = own.map(|own| format!(", inlined at {}:{}", own.file, own.line));
            Some((*offset, shown + &own.unwrap_or_default()))
        });
        lines.collect()
    }

    fn place(&mut self, place: Place) {
        self.functions.insert(place.function);
        self.offsets.insert(place.offset);
    }

    fn cause(&mut self, cause: &Cause) {
        match cause {
            Cause::Recursion { functions, place } => {
                self.functions.extend(functions);
                self.place(*place);
            }
            Cause::Loop { place, why } => {
                self.place(*place);
                match why {
                    Why::Depends { source } | Why::EndChanges { source } => self.source(*source),
                    Why::NoCondition | Why::MayMissEnd { .. } | Why::TooMany { .. } => {}
                }
            }
            Cause::CallDepth { place } | Cause::TooComplex { place } => self.place(*place),
            Cause::Amount { quantity } => self.quantity(*quantity),
            Cause::GasLimit { .. } => {}
        }
    }

    fn source(&mut self, source: Source) {
        match source {
            Source::Memory { offset } | Source::Host { offset, .. } | Source::Call { offset } => {
                self.offsets.insert(offset);
            }
            Source::Constant
            | Source::Computed
            | Source::Changing { .. }
            | Source::Parameter { .. }
            | Source::Global { .. } => {}
        }
    }

    fn quantity(&mut self, quantity: Quantity) {
        match quantity {
            Quantity::InputLength | Quantity::Growth | Quantity::Parameter { .. } => {}
            Quantity::ReturnedLength { place }
            | Quantity::Repeats { place }
            | Quantity::Pages { place }
            | Quantity::BulkBytes { place }
            | Quantity::HostBytes { place, .. } => self.place(place),
        }
    }
}
