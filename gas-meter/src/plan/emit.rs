//! From groups and calls to insertions.

mod calls;

use super::copies::{CopiedLoop, Purpose, copied_loops};
use super::groups::{Groups, PaidAt};
use super::unpaid::{Open, Unpaid, bound_unpaid};
use super::{Action, FunctionPlan, Insertion, Needs};
use crate::analysis::{Analysis, Event, StraightLoop};
use crate::prepared::InternalError;
use crate::schedule::{PRICE_MAX, Schedule};

/// The largest charge of one point: far below what the counter can hold, far above what a
/// function body of any length can sum up to.
const CHARGE_MAX: u64 = 1 << 62;

/// Calls for which the counter is moved, for each loop that has it in a local.
const MOVES_PER_LOOP_MAX: usize = 2;

/// Which of several insertions at one place comes first: what ends the call in front of the
/// place, the charge for what follows, what begins the call behind it, what replaces an operator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    BehindLoop,
    BehindCall,
    Charge,
    Operator,
    Replaced,
}

/// What is decided about a function before its insertions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// The slots that its frame holds.
    pub(super) frame_slots: u32,
    /// Whether it looks at the counter when it is entered.
    pub(super) checks_entry: bool,
    /// Whether it can be called again while it runs.
    pub(super) recursive: bool,
}

/// An insertion, and its rank where it goes.
type Ranked = (Rank, Insertion);

/// Makes plans, one after the other, in the same buffers.
#[derive(Default)]
pub(super) struct Emitter {
    /// The insertions of all functions so far.
    pub(super) insertions: Vec<Insertion>,
    /// What is inserted in the function at hand besides the charges of groups.
    ranked: Vec<Ranked>,
    /// What the function's insertions need so far.
    needs: Needs,
    open: Vec<Open>,
}

impl Emitter {
    /// With room for the insertions of a module with so many points: compiled code has one for three.
    pub(super) fn with_room(points: usize) -> Emitter {
        Emitter {
            insertions: Vec::with_capacity(points / 2),
            ..Emitter::default()
        }
    }

    /// The plan of a function, and what it may leave unpaid.
    pub(super) fn emit(
        &mut self,
        analysis: &Analysis<'_>,
        loops: &[StraightLoop],
        groups: &mut Groups,
        schedule: &Schedule,
        form: Form,
    ) -> Result<(FunctionPlan, Unpaid), InternalError> {
        let copied = copied_loops(loops, groups);
        let local_counter = keeps_counter(groups, &copied);
        self.ranked.clear();
        self.needs = Needs::default();
        self.turns(groups, &copied)?;
        let unpaid = match groups.is_leaf() {
            true => Unpaid {
                most: groups.total,
                ..Unpaid::default()
            },
            false => bound_unpaid(analysis, groups, form, &mut self.open)?,
        };
        for (at, depth) in &unpaid.looks {
            let look = Action::Charge {
                cost: 0,
                floor: Some(0),
            };
            self.push(Rank::Charge, *at, *depth, look);
        }
        self.copies(groups, &copied)?;
        self.calls(groups, local_counter, form.frame_slots);
        for point in &groups.marked {
            if let Some(action) = at_operator(point.event, local_counter, schedule)? {
                self.push(Rank::Operator, point.at, point.depth, action);
            }
            if point.event == Event::Pages {
                let behind = point.behind;
                let grow = Action::Grow { behind };
                self.push(Rank::Replaced, point.at, point.depth, grow);
            }
        }
        self.ranked
            .sort_by_key(|(rank, insertion)| (insertion.at, *rank));
        let start = self.insertions.len();
        self.insert(groups, &copied, form)?;
        let insertions = start..self.insertions.len();
        if !copied.is_empty() {
            deepen(self.insertions.get_mut(start..).unwrap_or_default());
        }
        let plan = FunctionPlan {
            frame_slots: form.frame_slots,
            local_counter,
            checks_entry: form.checks_entry,
            insertions,
            needs: self.needs,
        };
        Ok((plan, unpaid))
    }

    /// Adds an insertion.
    fn push(&mut self, rank: Rank, at: usize, depth: u32, action: Action) {
        self.needs.add(action);
        self.ranked.push((rank, Insertion { at, depth, action }));
    }

    /// Adds all insertions in the order of the code: the charges of the groups, which are in that
    /// order, between the others, which were sorted.
    fn insert(
        &mut self,
        groups: &Groups,
        copied: &[CopiedLoop],
        form: Form,
    ) -> Result<(), InternalError> {
        let mut others = self.ranked.iter().peekable();
        let mut copied = copied.iter().peekable();
        for (position, group) in groups.groups.iter().enumerate() {
            // The head of a loop that costs nothing is checked all the same, and so is an entry that
            // its callers pay.
            let is_seen = !group.check || position == 0 && form.checks_entry;
            if group.cost == group.back && is_seen {
                continue;
            }
            while copied.next_if(|copied| copied.group < position).is_some() {}
            let copy = copied.next_if(|copied| copied.group == position);
            let charge = match copy.filter(|copied| copied.purpose == Purpose::Pairs) {
                Some(copied) => Action::ChargePair {
                    straight: copied.position,
                    cost: group.cost,
                },
                None => {
                    let floor = signed(group.ahead)?.checked_neg();
                    let cost = signed(group.cost)?.checked_sub(signed(group.back)?);
                    Action::Charge {
                        cost: cost.ok_or_else(overflows)?,
                        floor: floor.filter(|_| group.check),
                    }
                }
            };
            self.needs.add(charge);
            let (at, depth, action) = (group.at, group.depth, charge);
            while let Some((_, other)) =
                others.next_if(|(rank, other)| (other.at, *rank) <= (at, Rank::Charge))
            {
                self.insertions.push(*other);
            }
            self.insertions.push(Insertion { at, depth, action });
        }
        self.insertions.extend(others.map(|(_, other)| *other));
        Ok(())
    }

    /// What is paid for loops that turn.
    fn turns(&mut self, groups: &mut Groups, copied: &[CopiedLoop]) -> Result<(), InternalError> {
        let mut copied = copied.iter().peekable();
        for position in 0..groups.turns.len() {
            let Some(turn) = groups.turns.get(position).copied() else {
                break;
            };
            while copied.next_if(|copied| copied.group < turn.head).is_some() {}
            let copy = copied.next_if(|copied| copied.group == turn.head);
            let cost = groups.groups.get(turn.head).map_or(0, |head| head.cost);
            if copy.is_some() {
                groups.give_back(turn, cost)?;
            } else if cost > 0
                && let PaidAt::Latch { latch, behind } = groups.pay_later_runs(turn)?
            {
                let cost = signed(cost)?;
                let back = Action::GoBack { cost, behind };
                self.push(Rank::Replaced, latch.at, latch.depth, back);
            }
        }
        Ok(())
    }

    /// What goes around loops of which there is a copy.
    fn copies(&mut self, groups: &Groups, copied: &[CopiedLoop]) -> Result<(), InternalError> {
        for copied in copied {
            let group = groups.groups.get(copied.group);
            let group = group.ok_or_else(|| InternalError::new("a group is missing"))?;
            let depth = group.depth.saturating_sub(1);
            let open = match copied.purpose {
                Purpose::AllRuns => Action::PayLoop {
                    straight: copied.position,
                    cost: group.cost,
                },
                Purpose::Pairs => Action::OpenBlock,
            };
            self.push(Rank::Operator, copied.straight.at, depth, open);
            let behind = copied.straight.behind;
            self.push(Rank::BehindLoop, behind, depth, Action::EndBlock);
        }
        Ok(())
    }
}

/// A cost as a charge.
fn signed(cost: u64) -> Result<i64, InternalError> {
    let cost = Some(cost).filter(|cost| *cost <= CHARGE_MAX);
    cost.and_then(|cost| i64::try_from(cost).ok())
        .ok_or_else(overflows)
}

/// What says that a charge is too large for the counter.
fn overflows() -> InternalError {
    InternalError::new("a charge overflows")
}

/// What is inserted in front of an operator by itself.
fn at_operator(
    event: Event,
    local_counter: bool,
    schedule: &Schedule,
) -> Result<Option<Action>, InternalError> {
    match event {
        Event::Pages => per_unit(schedule.wasm.memory_grow_per_page),
        Event::Bytes { paid: None } => per_unit(schedule.wasm.bulk_per_byte),
        Event::Return => Ok(local_counter.then_some(Action::Store)),
        Event::Apart => Ok(Some(Action::Separate)),
        _ => Ok(None),
    }
}

/// Whether a function keeps the counter in a local: when it pays for the runs of a loop one by one
/// in which no callee needs the global, and does not call so much that moving the counter back
/// and forth would make the code larger than it is worth.
fn keeps_counter(groups: &Groups, copied: &[CopiedLoop]) -> bool {
    let pays_once = |head: usize| {
        // The copies are in the order of their groups; the heads are in that of the loops' ends.
        let position = copied.binary_search_by_key(&head, |copied| copied.group);
        let copied = position.ok().and_then(|position| copied.get(position));
        copied.is_some_and(|copied| copied.purpose == Purpose::AllRuns)
    };
    let costs = |head: usize| groups.groups.get(head).is_some_and(|head| head.cost > 0);
    let heads = groups.quiet_heads.iter().copied();
    let heads = heads.filter(|head| costs(*head) && !pays_once(*head));
    let heads = heads.count();
    heads > 0 && groups.calls.touching <= heads.saturating_mul(MOVES_PER_LOOP_MAX)
}

/// Counts the block around a loop with a copy in the depth of what is inserted in it.
fn deepen(insertions: &mut [Insertion]) {
    let mut open = false;
    for insertion in insertions {
        match insertion.action {
            Action::PayLoop { .. } | Action::OpenBlock => open = true,
            Action::EndBlock => open = false,
            _ if open => insertion.depth = insertion.depth.saturating_add(1),
            _ => {}
        }
    }
}

/// A charge by operand, or nothing when a unit is free.
fn per_unit(price: u64) -> Result<Option<Action>, InternalError> {
    if price > PRICE_MAX {
        return Err(InternalError::new("a price per unit is above the maximum"));
    }
    Ok((price > 0).then_some(Action::ChargePerUnit(price)))
}
