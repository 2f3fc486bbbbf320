//! What the analysis knows about a number on the operand stack or in a local.
//!
//! A [`Value`] is a sum of at most two symbols and a constant, in the arithmetic of its width. A
//! symbol stands for one number that is computed while the function runs, at one place and one
//! time: two equal values are equal in every run. What is known about a symbol by itself (a range,
//! where it comes from, which comparison it is the outcome of) stands in the table [`Symbols`].
//! With sums of two symbols the end of a buffer, `start + length`, still shows its start, which
//! is what loops over buffers are bounded by.

use super::answer::{Quantity, Source};
use super::range::{Range, Width};

/// A number's name: its position in [`Symbols`]. Later symbols have greater names.
pub(super) type Symbol = usize;

/// Symbols and a constant, added up. The symbols are in ascending order, the first is there when
/// the second is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Value {
    first: Option<Symbol>,
    second: Option<Symbol>,
    /// What is added to them.
    pub(super) offset: u64,
    /// The width in which they are added up.
    pub(super) width: Width,
}

impl Value {
    /// A number known beforehand, which fits the width.
    pub(super) const fn constant(number: u64, width: Width) -> Value {
        Value {
            first: None,
            second: None,
            offset: number,
            width,
        }
    }

    /// A symbol by itself.
    pub(super) const fn symbol(symbol: Symbol, width: Width) -> Value {
        Value {
            first: Some(symbol),
            second: None,
            offset: 0,
            width,
        }
    }

    /// The number, if it is known.
    pub(super) fn known(self) -> Option<u64> {
        self.first.is_none().then_some(self.offset)
    }

    /// The symbols.
    pub(super) fn symbols(self) -> impl Iterator<Item = Symbol> {
        self.first.into_iter().chain(self.second)
    }

    /// The only symbol.
    pub(super) fn single(self) -> Option<Symbol> {
        self.first.filter(|_| self.second.is_none())
    }

    /// The symbol, when nothing is added to it.
    pub(super) fn bare(self) -> Option<Symbol> {
        self.single().filter(|_| self.offset == 0)
    }

    /// A value of these symbols, or `None` when they are more than two.
    fn of(mut symbols: Vec<Symbol>, offset: u64, width: Width) -> Option<Value> {
        symbols.sort_unstable();
        let (first, second) = match symbols.as_slice() {
            [] => (None, None),
            [first] => (Some(*first), None),
            [first, second] => (Some(*first), Some(*second)),
            _ => return None,
        };
        Some(Value {
            first,
            second,
            offset,
            width,
        })
    }

    /// The sum, when it is a value.
    pub(super) fn add(self, other: Value) -> Option<Value> {
        let symbols = self.symbols().chain(other.symbols()).collect();
        let offset = self.width.add(self.offset, other.offset);
        Value::of(symbols, offset, self.width)
    }

    /// The difference, when it is a value: every symbol of `other` must be in `self`.
    pub(super) fn sub(self, other: Value) -> Option<Value> {
        let mut symbols: Vec<Symbol> = self.symbols().collect();
        for symbol in other.symbols() {
            let position = symbols.iter().position(|own| *own == symbol)?;
            symbols.remove(position);
        }
        let offset = self.width.sub(self.offset, other.offset);
        Value::of(symbols, offset, self.width)
    }
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Relation {
    Equal,
    Unequal,
    /// Below, unsigned.
    Below,
    /// At most, unsigned.
    AtMost,
    /// Below, signed.
    SignedBelow,
    /// At most, signed.
    SignedAtMost,
}

/// A comparison of two numbers that holds, or is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fact {
    pub(super) relation: Relation,
    pub(super) left: Value,
    pub(super) right: Value,
}

impl Fact {
    /// What holds when this does not.
    pub(super) const fn negated(self) -> Fact {
        let (relation, swapped) = match self.relation {
            Relation::Equal => (Relation::Unequal, false),
            Relation::Unequal => (Relation::Equal, false),
            Relation::Below => (Relation::AtMost, true),
            Relation::AtMost => (Relation::Below, true),
            Relation::SignedBelow => (Relation::SignedAtMost, true),
            Relation::SignedAtMost => (Relation::SignedBelow, true),
        };
        let (left, right) = if swapped {
            (self.right, self.left)
        } else {
            (self.left, self.right)
        };
        Fact {
            relation,
            left,
            right,
        }
    }
}

/// What is known about a symbol wherever it occurs.
#[derive(Clone, Copy, Debug)]
pub(super) struct SymbolFacts {
    pub(super) range: Range,
    /// Where the number comes from.
    pub(super) source: Source,
    /// The comparison that it is 1 for when it holds, and 0 when it does not.
    pub(super) condition: Option<Fact>,
    /// What people call it.
    pub(super) quantity: Option<Quantity>,
    /// The value that it was divided from, and by what: at least 2, rounded down.
    pub(super) quotient: Option<(Value, u64)>,
}

impl SymbolFacts {
    /// Only a range and a source.
    pub(super) const fn of(range: Range, source: Source) -> SymbolFacts {
        SymbolFacts {
            range,
            source,
            condition: None,
            quantity: None,
            quotient: None,
        }
    }
}

/// Every symbol so far.
#[derive(Debug, Default)]
pub(super) struct Symbols(Vec<SymbolFacts>);

impl Symbols {
    /// How many there are: the name that the next one gets.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Forgets the symbols from `count` on, which nothing refers to any more.
    pub(super) fn forget(&mut self, count: usize) {
        self.0.truncate(count);
    }

    /// A new symbol.
    pub(super) fn add(&mut self, facts: SymbolFacts, width: Width) -> Value {
        let symbol = self.0.len();
        self.0.push(facts);
        Value::symbol(symbol, width)
    }

    /// A new symbol of which only range and source are known; a constant if the range has only
    /// one number.
    pub(super) fn fresh(&mut self, range: Range, width: Width, source: Source) -> Value {
        if range.low == range.high {
            return Value::constant(range.low, width);
        }
        self.add(SymbolFacts::of(range, source), width)
    }

    /// A new symbol that can be any number of its width.
    pub(super) fn unknown(&mut self, width: Width, source: Source) -> Value {
        self.fresh(Range::up_to(width.most()), width, source)
    }

    /// What is known about a symbol.
    pub(super) fn facts(&self, symbol: Symbol) -> Option<&SymbolFacts> {
        self.0.get(symbol)
    }

    /// Where a value comes from: the most telling source of its symbols, or a constant.
    pub(super) fn source(&self, value: Value) -> Source {
        let mut source = Source::Constant;
        for symbol in value.symbols() {
            source = source.or(self.facts(symbol).map_or(Source::Computed, |it| it.source));
        }
        source
    }
}
