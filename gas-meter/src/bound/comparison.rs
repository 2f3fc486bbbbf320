//! Comparisons: which are known, and what a value that stands for one remembers.

use wasmparser::Operator;

use super::range::{Range, Width, signed};
use super::state::State;
use super::value::{Fact, Relation, SymbolFacts, Symbols, Value};

/// A comparison operator's relation, its width, and whether its operands are swapped.
pub(super) fn comparison(operator: &Operator<'_>) -> Option<(Relation, bool)> {
    use Relation::{AtMost, Below, Equal, SignedAtMost, SignedBelow, Unequal};
    Some(match operator {
        Operator::I32Eq | Operator::I64Eq => (Equal, false),
        Operator::I32Ne | Operator::I64Ne => (Unequal, false),
        Operator::I32LtU | Operator::I64LtU => (Below, false),
        Operator::I32GtU | Operator::I64GtU => (Below, true),
        Operator::I32LeU | Operator::I64LeU => (AtMost, false),
        Operator::I32GeU | Operator::I64GeU => (AtMost, true),
        Operator::I32LtS | Operator::I64LtS => (SignedBelow, false),
        Operator::I32GtS | Operator::I64GtS => (SignedBelow, true),
        Operator::I32LeS | Operator::I64LeS => (SignedAtMost, false),
        Operator::I32GeS | Operator::I64GeS => (SignedAtMost, true),
        _ => return None,
    })
}

/// Whether a comparison of two known numbers holds.
fn holds(relation: Relation, left: u64, right: u64, width: Width) -> bool {
    match relation {
        Relation::Equal => left == right,
        Relation::Unequal => left != right,
        Relation::Below => left < right,
        Relation::AtMost => left <= right,
        Relation::SignedBelow => signed(left, width) < signed(right, width),
        Relation::SignedAtMost => signed(left, width) <= signed(right, width),
    }
}

/// The outcome of a comparison: known, or a symbol that remembers what was compared.
pub(super) fn compared(fact: Fact, state: &State, symbols: &mut Symbols) -> Value {
    let width = fact.left.width;
    let outcome = match (fact.left.known(), fact.right.known()) {
        (Some(left), Some(right)) => Some(holds(fact.relation, left, right, width)),
        _ if fact.left == fact.right => Some(holds(fact.relation, 0, 0, width)),
        _ if differ(fact) => match fact.relation {
            Relation::Equal => Some(false),
            Relation::Unequal => Some(true),
            _ => None,
        },
        _ => None,
    };
    let outcome = match outcome {
        None if state.sides(fact, symbols).is_none() => Some(false),
        None if state.sides(fact.negated(), symbols).is_none() => Some(true),
        outcome => outcome,
    };
    if let Some(outcome) = outcome {
        return Value::constant(u64::from(outcome), Width::W32);
    }
    let source = symbols.source(fact.left).or(symbols.source(fact.right));
    let facts = SymbolFacts {
        condition: Some(fact),
        ..SymbolFacts::of(Range::up_to(1), source)
    };
    symbols.add(facts, Width::W32)
}

/// Whether the sides differ whatever their symbols stand for.
fn differ(fact: Fact) -> bool {
    let difference = fact.left.sub(fact.right).and_then(Value::known);
    difference.is_some_and(|difference| difference != 0)
}

/// The comparison that decides whether `value` counts as true.
pub(super) fn condition(value: Value, symbols: &Symbols) -> Fact {
    let remembered = value
        .bare()
        .and_then(|symbol| symbols.facts(symbol))
        .and_then(|facts| facts.condition);
    remembered.unwrap_or(Fact {
        relation: Relation::Unequal,
        left: value,
        right: Value::constant(0, value.width),
    })
}
