//! Finds the counter of a loop: from what holds on the ways back to the head to a bound on how
//! often they are taken.

use super::answer::{Quantity, Source, Why};
use super::cost::Units;
use super::frame::{AnyRepeat, Changing};
use super::range::{Range, Width};
use super::state::State;
use super::trips::{Counter, Distance, SMALL, Trips};
use super::value::{Fact, Relation, Symbols, Value};

/// A loop that has a bound.
pub(super) struct Bounded {
    /// How often there is a way back.
    pub(super) trips: Trips,
    /// The comparison that holds on each of them.
    pub(super) fact: Fact,
    /// The bound as a quantity with a name.
    pub(super) named: Option<Units>,
}

/// A local that grows by the same number from repeat to repeat.
#[derive(Clone, Copy)]
struct Counting {
    local: Changing,
    step: u64,
}

/// Bounds how often a loop goes back, or says why there is no bound.
pub(super) fn bounded(any: &AnyRepeat, back: &State, symbols: &Symbols) -> Result<Bounded, Why> {
    let counting: Vec<Counting> = any
        .changing
        .iter()
        .filter_map(|local| {
            let after = back.locals.get(local.local)?;
            let step = after.sub(local.value)?.known()?;
            Some(Counting {
                local: *local,
                step,
            })
        })
        .filter(|counting| counting.step != 0)
        .collect();
    let mut best: Option<Bounded> = None;
    for fact in &back.facts {
        for swapped in [false, true] {
            let found = bound_by(*fact, swapped, &counting, any, back, symbols);
            let better = |found: &Bounded| match &best {
                Some(best) => key(found) < key(best),
                None => true,
            };
            if let Some(found) = found.filter(better) {
                best = Some(found);
            }
        }
    }
    for local in &any.changing {
        let found = divided(local, any, back, symbols);
        if let Some(found) = found.filter(|_| best.is_none()) {
            best = Some(found);
        }
    }
    best.ok_or_else(|| why_not(&counting, any, back, symbols))
}

/// The bound of a local that every repeat divides by the same number: on the way back it, or what
/// it was in the same repeat, is never below some number, which it cannot stay for long.
fn divided(local: &Changing, any: &AnyRepeat, back: &State, symbols: &Symbols) -> Option<Bounded> {
    let after = *back.locals.get(local.local)?;
    let (before, divisor) = symbols.facts(after.bare()?)?.quotient?;
    if before != local.value || divisor < 2 {
        return None;
    }
    let least = back.range(before, symbols).low;
    let least = least.max(back.range(after, symbols).low.saturating_mul(divisor));
    let mut number = any.entry.range(local.start, symbols).high;
    let mut most: u64 = 0;
    while number >= least.max(1) {
        most = most.saturating_add(1);
        number = number.checked_div(divisor)?;
    }
    let fact = Fact {
        relation: Relation::AtMost,
        left: Value::constant(least, before.width),
        right: before,
    };
    let trips = Trips {
        most,
        exact: false,
        distance: None,
    };
    (least > 0).then_some(Bounded {
        trips,
        fact,
        named: None,
    })
}

/// Bounds are better when they are smaller, exact or have a name.
fn key(bounded: &Bounded) -> (u64, bool, bool) {
    let trips = bounded.trips;
    (trips.most, !trips.exact, bounded.named.is_none())
}

/// The sides of a comparison: the one that may count, and the other.
const fn sides(fact: Fact, swapped: bool) -> (Value, Value) {
    if swapped {
        (fact.right, fact.left)
    } else {
        (fact.left, fact.right)
    }
}

/// Whether a value is the same in all repeats.
fn steady(value: Value, any: &AnyRepeat) -> bool {
    value.symbols().all(|symbol| symbol < any.first)
}

/// The counter that a value is, with what is added to it. What is added is steady.
fn counter_of(value: Value, counting: &[Counting], any: &AnyRepeat) -> Option<(Counting, Value)> {
    let mut changing = value.symbols().filter(|symbol| *symbol >= any.first);
    let symbol = changing.next().filter(|_| changing.next().is_none())?;
    let counting = counting.iter().find(|it| it.local.symbol == symbol)?;
    let added = value.sub(counting.local.value)?;
    Some((*counting, added))
}

/// The bound that one comparison gives, read from one side.
fn bound_by(
    fact: Fact,
    swapped: bool,
    counting: &[Counting],
    any: &AnyRepeat,
    back: &State,
    symbols: &Symbols,
) -> Option<Bounded> {
    let (counts, end) = sides(fact, swapped);
    let (counter, added) = counter_of(counts, counting, any)?;
    if !steady(end, any) {
        return None;
    }
    let entry = &any.entry;
    let full = Range::up_to(counts.width.most());
    let range = |value: Option<Value>| value.map_or(full, |value| entry.range(value, symbols));
    let start = counter.local.start.add(added);
    let ahead = start.and_then(|start| end.sub(start));
    let behind = start.and_then(|start| start.sub(end));
    let trips = Counter {
        relation: fact.relation,
        swapped,
        width: counts.width,
        start: range(start),
        end: entry.range(end, symbols),
        ahead: range(ahead),
        behind: range(behind),
        step: counter.step,
        guarded: guarded(counter, added, back),
    }
    .trips()?;
    let (distance, more) = match trips.distance {
        Some(Distance::Ahead(more)) => (ahead, more),
        Some(Distance::Behind(more)) => (behind, more),
        None => (None, 0),
    };
    let named = distance.and_then(|distance| named(distance, more, counter, trips, entry, symbols));
    Some(Bounded { trips, fact, named })
}

/// Whether the counter, as it is compared, is just above an address that was accessed in the same
/// repeat, so that it is far from wrapping.
fn guarded(counter: Counting, added: Value, back: &State) -> bool {
    let Some(compared) = added.known() else {
        return false;
    };
    back.facts.iter().any(|fact| {
        let inside = fact.relation == Relation::Below
            && fact.left.width == Width::W32
            && fact.right.known().is_some_and(|end| end <= 1 << 31);
        let accessed = fact.left.sub(counter.local.value).and_then(Value::known);
        let above = accessed.map(|accessed| Width::W32.sub(compared, accessed));
        inside && above.is_some_and(|above| above <= SMALL)
    })
}

/// The bound in terms of a quantity with a name, if the distance is one.
fn named(
    distance: Value,
    more: u64,
    counter: Counting,
    trips: Trips,
    entry: &State,
    symbols: &Symbols,
) -> Option<Units> {
    let facts = symbols.facts(distance.single()?)?;
    let quantity: Quantity = facts.quantity?;
    let high = entry.range(distance, symbols).high;
    let wraps = high == distance.width.most();
    if wraps && distance.offset != 0 {
        return None;
    }
    let width = distance.width;
    let step = counter.step;
    let divisor = if step & width.sign() == 0 {
        step
    } else {
        width.sub(0, step)
    };
    // Every sum stays in the width, or every one is so much less: what is subtracted from the
    // quantity only makes it less.
    let added = if high >= distance.offset {
        distance.offset
    } else {
        0
    };
    // The rests of the quantity and of what is added can fill one step more.
    let rest = divisor.checked_sub(1)?;
    let extra = added.checked_add(more)?.checked_add(rest)?;
    Some(Units {
        least: 0,
        most: trips.most,
        quantity,
        quantity_max: facts.range.high,
        divisor,
        extra: extra.div_ceil(divisor),
    })
}

/// Where a value comes from; for a local that changes from repeat to repeat, where the loop gets
/// its next value from.
fn telling(value: Value, any: &AnyRepeat, back: &State, symbols: &Symbols) -> Source {
    let mut source = symbols.source(value);
    for local in &any.changing {
        if value.symbols().any(|symbol| symbol == local.symbol)
            && let Some(after) = back.locals.get(local.local)
        {
            source = source.or(symbols.source(*after));
        }
    }
    source
}

/// Says what a loop without a bound depends on.
fn why_not(counting: &[Counting], any: &AnyRepeat, back: &State, symbols: &Symbols) -> Why {
    let new = |fact: &&Fact| !any.entry.facts.contains(fact);
    let mut why = Why::NoCondition;
    let mut source = Source::Constant;
    for fact in back.facts.iter().filter(new) {
        for swapped in [false, true] {
            let (counts, end) = sides(*fact, swapped);
            source = source.or(telling(counts, any, back, symbols));
            let Some((counter, _)) = counter_of(counts, counting, any) else {
                continue;
            };
            why = match why {
                Why::MayMissEnd { .. } => why,
                _ if steady(end, any) => Why::MayMissEnd {
                    local: u32::try_from(counter.local.local).unwrap_or(u32::MAX),
                },
                _ => Why::EndChanges {
                    source: symbols.source(end),
                },
            };
        }
        if why == Why::NoCondition {
            why = Why::Depends { source };
        }
    }
    match why {
        Why::Depends { .. } => Why::Depends { source },
        other => other,
    }
}
