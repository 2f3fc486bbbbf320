//! What goes around calls, and in their place.

use super::{Emitter, Rank};
use crate::analysis::Callee;
use crate::plan::Action;
use crate::plan::groups::Groups;

impl Emitter {
    /// What goes around calls.
    pub(super) fn calls(&mut self, groups: &Groups, local_counter: bool, frame_slots: u32) {
        for site in &groups.sites {
            let through = local_counter && site.facts.touches;
            if through {
                self.push(Rank::Operator, site.at, site.depth, Action::Store);
            }
            if site.facts.recursive && !site.follows {
                let take = Action::TakeSlots {
                    slots: frame_slots,
                    looks: site.looks,
                };
                self.push(Rank::Operator, site.at, site.depth, take);
            }
            if site.next.saturating_sub(site.at) > call_bytes(site.callee) {
                let (callee, behind) = (site.callee, site.next);
                let call = Action::Call { callee, behind };
                self.push(Rank::Replaced, site.at, site.depth, call);
            }
            if site.facts.recursive && !site.holds {
                let give = Action::GiveSlots(frame_slots);
                self.push(Rank::BehindCall, site.next, site.depth, give);
            }
            if through {
                self.push(Rank::BehindCall, site.next, site.depth, Action::Load);
            }
        }
    }
}

/// The least that a call takes in the code, in bytes: its operator and indices.
fn call_bytes(callee: Callee) -> usize {
    let index_bytes = |index: u32| match index.checked_ilog2() {
        Some(highest) => usize::try_from(highest / 7).unwrap_or(0).saturating_add(1),
        None => 1,
    };
    match callee {
        Callee::Function(index) => index_bytes(index).saturating_add(1),
        // The index of the table is 0.
        Callee::Type(index) => index_bytes(index).saturating_add(2),
    }
}

#[cfg(test)]
mod tests {
    use super::call_bytes;
    use crate::analysis::Callee;

    #[test]
    fn a_call_takes_an_operator_and_its_indices() {
        for (index, bytes) in [
            (0, 1),
            (127, 1),
            (128, 2),
            (16_383, 2),
            (16_384, 3),
            (u32::MAX, 5),
        ] {
            assert_eq!(call_bytes(Callee::Function(index)), 1 + bytes, "{index}");
            assert_eq!(call_bytes(Callee::Type(index)), 2 + bytes, "{index}");
        }
    }
}
