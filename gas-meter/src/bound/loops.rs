//! Loops: gone through repeat by repeat while it is clear whether they repeat, else all repeats at
//! once.
//!
//! A repeat is clear when either every way leads back to the head or none does. Such a loop is
//! simply followed, which is exact whatever its counter does. Otherwise, or after
//! [`REPEATS_FOLLOWED_MAX`] repeats, the body is gone through once more for any repeat: each local
//! that the loop sets starts as a symbol of which nothing is known. What holds on the ways back
//! then bounds how often there can be one (`counter`), and the ways out, which waited, continue
//! with the cost of all these repeats added.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::Operator;

use super::analyser::Halt;
use super::answer::{Cause, Quantity, Source, Why};
use super::code::{Block, Step};
use super::cost::{Cost, Units};
use super::counter::{Bounded, bounded};
use super::frame::{AnyRepeat, Changing, Frame, Repeat, Target, merge_cost};
use super::state::State;
use super::value::Value;
use super::walk::{Walk, unopened, unreached};
use crate::prepared::InternalError;

/// The most repeats of one loop that are followed one by one.
const REPEATS_FOLLOWED_MAX: u64 = 4_000;

/// Loops that are nested more deeply than this in loops that are not followed are not followed
/// either, so that the work does not double with every level.
const NESTING_FOLLOWED_MAX: usize = 3;

/// How many operators are looked through for what is set in them in the time of one that is gone
/// through.
const STEPS_SKIMMED: usize = 4;

/// From this many repeats on, a bound that only a number's width gives is none.
const REPEATS_MAX: u64 = 1 << 31;

impl<'a> Walk<'_, '_, 'a> {
    /// The operator `loop`.
    pub(super) fn enter_loop(&mut self, step: &Step<'a>, block: &Block) -> Result<(), Halt> {
        let state = self.state.take().ok_or_else(unreached)?;
        self.move_state(&state)?;
        let height = state.stack.len().saturating_sub(block.params);
        let nested = self.frames.iter().filter(|frame| frame.is_any_repeat());
        let follow = nested.count() < NESTING_FOLLOWED_MAX && self.analyser.may_follow();
        let mut frame = Frame::forward(height, block.params, self.next);
        frame.repeat = Some(Repeat {
            place: step.place,
            body: self.next,
            head: state.clone(),
            back: None,
            out: BTreeMap::new(),
            ended: None,
            repeats: 0,
            any: None,
        });
        self.frames.push(frame);
        if follow {
            self.state = Some(state);
            return Ok(());
        }
        self.begin_any(state)
    }

    /// The loop that is open innermost.
    fn innermost(&mut self) -> Result<&mut Repeat, InternalError> {
        let frame = self.frames.last_mut().ok_or_else(unopened)?;
        frame.repeat.as_mut().ok_or_else(unopened)
    }

    /// The end of a loop's body.
    pub(super) fn end_loop(&mut self) -> Result<(), Halt> {
        let fall = self.state.take();
        if self.innermost()?.any.is_some() {
            return self.end_any(fall);
        }
        let may_follow = self.analyser.may_follow();
        let repeat = self.innermost()?;
        let Some(back) = repeat.back.take() else {
            let finished = self.frames.pop().and_then(|frame| frame.repeat);
            let finished = finished.ok_or_else(unopened)?;
            self.state = fall;
            return self.deliver_all(finished.out, finished.ended);
        };
        let mut targets = repeat.out.keys();
        if fall.is_some() || targets.any(|target| *target != Target::Ended) {
            // Not clear: this repeat is one of any, and its ways out are found there again.
            repeat.out.clear();
            let head = repeat.head.clone();
            return self.begin_any(head);
        }
        if let Some(ended) = repeat.out.remove(&Target::Ended) {
            let cost = ended.cost();
            merge_cost(&mut repeat.ended, &cost);
        }
        repeat.repeats = repeat.repeats.saturating_add(1);
        if repeat.repeats < REPEATS_FOLLOWED_MAX && may_follow {
            repeat.head.clone_from(&back);
            self.next = repeat.body;
            self.state = Some(back);
            return Ok(());
        }
        self.begin_any(back)
    }

    /// Takes the ways out of a loop, which is closed now, to where they lead; `ended` is the cost
    /// of those on which the run ended in repeats before.
    fn deliver_all(
        &mut self,
        out: BTreeMap<Target, State>,
        ended: Option<Cost>,
    ) -> Result<(), Halt> {
        let ended = ended.map(|cost| (Target::Ended, State::ended(cost)));
        for (target, state) in out.into_iter().chain(ended) {
            self.deliver(target, state)?;
        }
        Ok(())
    }

    /// The locals that are set between two positions, in ascending order.
    fn assigned(&mut self, from: usize, to: usize) -> Result<BTreeSet<u32>, Halt> {
        let steps = self.code.steps.get(from..to).unwrap_or_default();
        let sets = steps.iter().filter_map(|step| match step.operator {
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                Some(local_index)
            }
            _ => None,
        });
        let assigned = sets.collect();
        if let Some(step) = steps.first() {
            let work = steps.len().div_euclid(STEPS_SKIMMED);
            self.analyser.spend(work, step.place)?;
        }
        Ok(assigned)
    }

    /// Starts to go through the body for any repeat from this one on.
    fn begin_any(&mut self, mut state: State) -> Result<(), Halt> {
        let entry = state.clone();
        let frame = self.frames.last().ok_or_else(unopened)?;
        let height = frame.height;
        let repeat = frame.repeat.as_ref().ok_or_else(unopened)?;
        let opener = self.code.steps.get(repeat.body.saturating_sub(1));
        let block = opener.and_then(|step| step.block.as_ref());
        let block = block.ok_or_else(unopened)?;
        let assigned = self.assigned(repeat.body, block.end)?;
        let symbols = &mut self.analyser.symbols;
        let first = symbols.count();
        let mut changing = Vec::new();
        for local in assigned {
            let position = usize::try_from(local).unwrap_or(usize::MAX);
            let Some(slot) = state.locals.get_mut(position) else {
                continue;
            };
            let symbol = symbols.count();
            let source = Source::Changing { local };
            let value = symbols.unknown(slot.width, source);
            let start = std::mem::replace(slot, value);
            changing.push(Changing {
                local: position,
                symbol,
                value,
                start,
            });
        }
        for operand in state.stack.iter_mut().skip(height) {
            *operand = symbols.unknown(operand.width, Source::Computed);
        }
        state.set_cost(Cost::default());
        let repeat = self.innermost()?;
        repeat.back = None;
        repeat.any = Some(AnyRepeat {
            first,
            changing,
            entry,
        });
        self.next = repeat.body;
        self.state = Some(state);
        Ok(())
    }

    /// The end of the body after going through it for any repeat: adds the repeats to the cost of
    /// all ways out.
    fn end_any(&mut self, fall: Option<State>) -> Result<(), Halt> {
        let repeat = self.frames.pop().and_then(|frame| frame.repeat);
        let mut repeat = repeat.ok_or_else(unopened)?;
        let any = repeat.any.take().ok_or_else(unopened)?;
        let (cost, clear) = self.repeats(&repeat, &any, fall.as_ref())?;
        let out = std::mem::take(&mut repeat.out);
        let after = |mut state: State, repeats: &Cost| {
            let mut cost = any.entry.cost();
            cost.add(repeats);
            cost.add(&state.cost());
            state.set_cost(cost);
            state
        };
        let sometimes = cost.clone().without_least();
        self.state = fall.map(|state| after(state, if clear { &cost } else { &sometimes }));
        let behind = |(target, state)| {
            let always = clear && target != Target::Ended;
            (
                target,
                after(state, if always { &cost } else { &sometimes }),
            )
        };
        let out = out.into_iter().map(behind).collect();
        self.deliver_all(out, repeat.ended)
    }

    /// The cost of all repeats, and whether every way out comes behind exactly that number of them.
    fn repeats(
        &mut self,
        repeat: &Repeat,
        any: &AnyRepeat,
        fall: Option<&State>,
    ) -> Result<(Cost, bool), InternalError> {
        let Some(back) = &repeat.back else {
            return Ok((Cost::default(), true));
        };
        let found = bounded(any, back, &self.analyser.symbols);
        let Bounded { trips, fact, named } = match found {
            Ok(bounded) => bounded,
            Err(why) => {
                self.no_bound(repeat, why);
                return Ok((Cost::default(), false));
            }
        };
        let units = named.unwrap_or(Units {
            least: 0,
            most: trips.most,
            quantity: Quantity::Repeats {
                place: repeat.place,
            },
            quantity_max: trips.most,
            divisor: 1,
            extra: 0,
        });
        let by_width = matches!(units.quantity, Quantity::Repeats { .. });
        if by_width && units.most >= REPEATS_MAX && !trips.exact {
            let source = source_of(fact.left, fact.right, any, self);
            self.no_bound(repeat, Why::Depends { source });
            return Ok((Cost::default(), false));
        }
        let ended = fact.negated();
        let mut ways_out = repeat
            .out
            .iter()
            .filter(|(target, _)| **target != Target::Ended)
            .map(|(_, state)| state)
            .chain(fall);
        let clear = trips.exact && ways_out.all(|state| state.facts.contains(&ended));
        let least = if clear { units.most } else { 0 };
        let units = Units { least, ..units };
        Ok((back.cost().repeated(units, &mut self.notes), clear))
    }

    /// Takes note of a loop without a bound.
    fn no_bound(&mut self, repeat: &Repeat, why: Why) {
        self.notes.causes.insert(Cause::Loop {
            place: repeat.place,
            why,
        });
    }
}

/// Where the numbers come from that decide how far a counter goes.
fn source_of(left: Value, right: Value, any: &AnyRepeat, walk: &Walk<'_, '_, '_>) -> Source {
    let symbols = &walk.analyser.symbols;
    let mut source = symbols.source(left).or(symbols.source(right));
    for changing in &any.changing {
        let mut compared = left.symbols().chain(right.symbols());
        if compared.any(|symbol| symbol == changing.symbol) {
            source = source.or(symbols.source(changing.start));
        }
    }
    source
}
