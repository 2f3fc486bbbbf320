//! What is known at one place of a function: locals, operands, what was compared on the way, and
//! the cost of the way.
//!
//! What a `memory.grow` costs depends on what it was asked for, which may be anything; but when it
//! succeeded it was little. So its cost is kept apart ([`Growing`]) until a comparison tells that
//! its answer was not -1, or until ways come together or something else happens that needs the
//! cost.

use std::collections::{BTreeMap, BTreeSet};

use super::cost::Cost;
use super::range::Range;
use super::value::{Fact, Relation, Symbol, Symbols, Value};

/// The most comparisons that are remembered; older ones are forgotten first.
const FACTS_MAX: usize = 48;

/// The most symbols of which more is known at a place than in general. Each way that parts takes a copy.
const RANGES_MAX: usize = 128;

/// What is known at one place.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) locals: Vec<Value>,
    pub(super) stack: Vec<Value>,
    /// Symbols of which more is known here than in general.
    ranges: BTreeMap<Symbol, Range>,
    /// Comparisons that hold on every way here, the latest last.
    pub(super) facts: Vec<Fact>,
    /// The cost of the way, without what is growing.
    cost: Cost,
    growing: Option<Growing>,
}

/// The last `memory.grow` on the way, as long as nothing is known of its answer.
#[derive(Clone, Debug)]
pub(super) struct Growing {
    /// The answer.
    pub(super) symbol: Symbol,
    /// The cost whatever the answer is.
    pub(super) cost: Cost,
    /// The cost if the answer is not -1.
    pub(super) grown: Cost,
}

impl State {
    /// The state at a function's entry.
    pub(super) fn new(locals: Vec<Value>, cost: Cost) -> State {
        State {
            locals,
            cost,
            ..State::default()
        }
    }

    /// A state of which only the cost counts, for ways that end.
    pub(super) fn ended(cost: Cost) -> State {
        State {
            cost,
            ..State::default()
        }
    }

    /// The cost of the way.
    pub(super) fn cost(&self) -> Cost {
        let mut cost = self.cost.clone();
        if let Some(growing) = &self.growing {
            cost.add(&growing.cost);
        }
        cost
    }

    /// Replaces the cost of the way.
    pub(super) fn set_cost(&mut self, cost: Cost) {
        self.cost = cost;
        self.growing = None;
    }

    /// Adds what is always the same to the cost.
    pub(super) fn charge_fixed(&mut self, gas: u64) {
        self.cost.add_fixed(gas);
    }

    /// Adds to the cost.
    pub(super) fn charge(&mut self, cost: &Cost) {
        self.cost.add(cost);
    }

    /// Adds the cost of a `memory.grow`, which may depend on its answer.
    pub(super) fn charge_growing(&mut self, growing: Growing) {
        if let Some(before) = self.growing.replace(growing) {
            self.cost.add(&before.cost);
        }
    }

    /// The topmost operand.
    pub(super) fn pop(&mut self) -> Option<Value> {
        self.stack.pop()
    }

    /// The numbers that a symbol can be here.
    fn symbol_range(&self, symbol: Symbol, symbols: &Symbols) -> Range {
        let general = symbols
            .facts(symbol)
            .map_or(Range::up_to(u64::MAX), |facts| facts.range);
        match self.ranges.get(&symbol) {
            Some(here) => general.meet(*here).unwrap_or(general),
            None => general,
        }
    }

    /// The numbers that a value can be here.
    pub(super) fn range(&self, value: Value, symbols: &Symbols) -> Range {
        let mut range = Range::only(0);
        for symbol in value.symbols() {
            range = range.plus(self.symbol_range(symbol, symbols), value.width);
        }
        range.shift(value.offset, value.width)
    }

    /// The numbers that both sides of a comparison can be when it holds here; `None` when it
    /// cannot hold.
    pub(super) fn sides(&self, fact: Fact, symbols: &Symbols) -> Option<(Range, Range)> {
        let left = self.range(fact.left, symbols);
        let right = self.range(fact.right, symbols);
        let from = |low| Range {
            low,
            high: u64::MAX,
        };
        Some(match fact.relation {
            Relation::Below => (
                left.meet(Range::up_to(right.high.checked_sub(1)?))?,
                right.meet(from(left.low.checked_add(1)?))?,
            ),
            Relation::AtMost => (
                left.meet(Range::up_to(right.high))?,
                right.meet(from(left.low))?,
            ),
            Relation::Equal => (left.meet(right)?, right.meet(left)?),
            Relation::Unequal => (without(left, right)?, without(right, left)?),
            Relation::SignedBelow | Relation::SignedAtMost => {
                signed_order(left, right, fact)?;
                (left, right)
            }
        })
    }

    /// Takes note that a comparison holds here. `None` when it cannot.
    pub(super) fn assume(mut self, fact: Fact, symbols: &Symbols) -> Option<State> {
        let (left, right) = self.sides(fact, symbols)?;
        self.narrow(fact.left, left, symbols);
        self.narrow(fact.right, right, symbols);
        if !self.facts.contains(&fact) {
            if self.facts.len() >= FACTS_MAX {
                self.facts.remove(0);
            }
            self.facts.push(fact);
        }
        Some(self)
    }

    /// Takes note that a value is in a range here.
    pub(super) fn narrow(&mut self, value: Value, range: Range, symbols: &Symbols) {
        let Some(symbol) = value.single() else {
            return;
        };
        let (low, high) = (
            value.width.sub(range.low, value.offset),
            value.width.sub(range.high, value.offset),
        );
        if low > high {
            return;
        }
        let before = self.symbol_range(symbol, symbols);
        if let Some(after) = before.meet(Range { low, high })
            && after != before
        {
            self.ranges.insert(symbol, after);
            if self.ranges.len() > RANGES_MAX {
                self.forget_ranges();
            }
            let answered = |growing: &mut Growing| growing.symbol == symbol;
            if after.high < value.width.most()
                && let Some(growing) = self.growing.take_if(answered)
            {
                self.cost.add(&growing.grown);
            }
        }
    }

    /// Forgets the ranges of symbols that nothing names here any longer, and if that is not enough those
    /// of the latest. What is forgotten can be anything that it can be in general.
    fn forget_ranges(&mut self) {
        let sides = self.facts.iter().flat_map(|fact| [&fact.left, &fact.right]);
        let values = self.locals.iter().chain(&self.stack).chain(sides);
        let named: BTreeSet<Symbol> = values.flat_map(|value| value.symbols()).collect();
        self.ranges.retain(|symbol, _| named.contains(symbol));
        while self.ranges.len() > RANGES_MAX / 2 {
            self.ranges.pop_last();
        }
    }

    /// How many values it is made of, for what it takes to copy it.
    pub(super) fn size(&self) -> usize {
        let values = self.locals.len().saturating_add(self.stack.len());
        values.saturating_add(self.ranges.len())
    }

    /// What is known when it is not known which of two states holds.
    pub(super) fn join(mut self, other: State, symbols: &mut Symbols) -> State {
        let locals = self.joined(&other, |state| &state.locals, symbols);
        let stack = self.joined(&other, |state| &state.stack, symbols);
        let mut ranges = BTreeMap::new();
        for (symbol, range) in &self.ranges {
            if let Some(there) = other.ranges.get(symbol) {
                ranges.insert(*symbol, range.hull(*there));
            }
        }
        let mut cost = self.cost();
        cost.join(&other.cost());
        self.facts.retain(|fact| other.facts.contains(fact));
        State {
            locals,
            stack,
            ranges,
            facts: self.facts,
            cost,
            growing: None,
        }
    }

    /// The values of both states, one by one.
    fn joined(
        &self,
        other: &State,
        of: impl Fn(&State) -> &Vec<Value>,
        symbols: &mut Symbols,
    ) -> Vec<Value> {
        let pairs = of(self).iter().zip(of(other));
        pairs
            .map(|(here, there)| {
                if here == there {
                    return *here;
                }
                let range = self
                    .range(*here, symbols)
                    .hull(other.range(*there, symbols));
                let source = symbols.source(*here).or(symbols.source(*there));
                symbols.fresh(range, here.width, source)
            })
            .collect()
    }
}

/// The numbers of a range that are not the only one of another; `None` when none is left.
fn without(range: Range, other: Range) -> Option<Range> {
    if other.low != other.high {
        return Some(range);
    }
    if range.low == range.high && range.low == other.low {
        return None;
    }
    Some(Range {
        low: range.low.saturating_add(u64::from(range.low == other.low)),
        high: range
            .high
            .saturating_sub(u64::from(range.high == other.low)),
    })
}

/// `None` when the ranges exclude the signed comparison.
fn signed_order(left: Range, right: Range, fact: Fact) -> Option<()> {
    let (low, _) = left.signed(fact.left.width);
    let (_, high) = right.signed(fact.left.width);
    let holds = match fact.relation {
        Relation::SignedBelow => low < high,
        _ => low <= high,
    };
    holds.then_some(())
}
