//! From measurements to prices.
//!
//! One gas is the time of a plain operator on this machine: the median over all contexts of the
//! class `arithmetic`. So a schedule does not depend on how fast the machine is, only on how dear
//! things are beside each other. A price is chosen so that
//!
//! - in ordinary contexts a gas lasts at most [`OPERATOR`] times that long for an operator, whose
//!   time contains that of its operands, which are paid for as well, and [`ORDINARY`] times for
//!   everything else,
//! - in hostile contexts at most [`HOSTILE`] times, which leaves room below the factor 3 that must
//!   never be passed,
//!
//! and is then rounded to a readable number. A present price that is high enough, and not more
//! than [`KEEP`] times too high, stays, so that noise does not change a schedule.
//!
//! There are two passes. The first looks at ordinary contexts only and says what each thing costs
//! when nobody means harm. The second takes that away from observations in which other things
//! were paid for as well (a call makes an instance), and raises prices to what hostile contexts
//! ask for. So a price that is high for the sake of a hostile context does not make another one
//! look cheap.

use std::collections::BTreeMap;

use super::fit::{line, median, readable};
use super::item::{Care, Item, Observation};
use super::prices::Prices;

/// How much longer than a plain operator a gas may last in ordinary contexts of operators.
const OPERATOR: f64 = 1.35;
/// The same in ordinary contexts of everything else.
const ORDINARY: f64 = 0.8;
/// The same in hostile contexts.
const HOSTILE: f64 = 2.0;
/// How much too high a price may be and stay.
const KEEP: f64 = 1.6;
/// What is left of a time when the others in it are taken away counts for at least this part of
/// the whole: the difference of two long times is no more precise than that.
const REST_MIN: f64 = 0.05;

/// The nanoseconds of a plain operator.
pub(crate) fn plain_operator_ns(items: &[Item]) -> f64 {
    let plain = items.iter().filter(|item| item.name == "arithmetic");
    let times: Vec<f64> = plain
        .flat_map(|item| item.observations.iter().map(|seen| seen.ns))
        .collect();
    median(&times).max(0.01)
}

/// The median over all items of the most nanoseconds per gas.
pub(crate) fn median_ns_per_gas(items: &[Item], prices: &Prices) -> f64 {
    let worst: Vec<f64> = items
        .iter()
        .filter_map(|item| item.worst(prices).map(|(_, ratio)| ratio))
        .collect();
    median(&worst)
}

/// Gas by the paths of prices, not rounded.
type Costs = BTreeMap<String, f64>;

/// The prices that the measurements ask for.
pub(crate) fn propose(items: &[Item], present: &Prices) -> Prices {
    let plain_ns = plain_operator_ns(items);
    let mut ordinary = Costs::new();
    for item in items {
        let (base, unit) = cost(item, Care::Ordinary, plain_ns, &ordinary);
        // Two items may share a price; the dearer one counts.
        for (path, gas) in paths(item, base, unit) {
            let known = ordinary.entry(path.to_owned()).or_default();
            *known = known.max(gas);
        }
    }
    let mut proposed = present.clone();
    let mut needed = ordinary.clone();
    for item in items {
        let (base, unit) = cost(item, Care::Hostile, plain_ns, &ordinary);
        for (path, gas) in paths(item, base, unit) {
            let known = needed.entry(path.to_owned()).or_default();
            *known = known.max(gas);
        }
    }
    for (path, gas) in needed {
        proposed.set(&path, settled(gas, present.integer(&path)));
    }
    proposed
}

/// The item's prices with what was found for them.
fn paths(item: &Item, base: f64, unit: f64) -> impl Iterator<Item = (&str, f64)> {
    let base = item.base.as_deref().map(|path| (path, base));
    let unit = item.unit.as_deref().map(|path| (path, unit));
    base.into_iter().chain(unit)
}

/// Base and unit cost of an item in its contexts of one kind, in gas.
fn cost(item: &Item, care: Care, plain_ns: f64, ordinary: &Costs) -> (f64, f64) {
    let slack = match care {
        Care::Ordinary if is_operator(item) => OPERATOR,
        Care::Ordinary => ORDINARY,
        Care::Hostile => HOSTILE,
    };
    let contexts: Vec<Vec<(f64, f64)>> = item
        .contexts()
        .into_iter()
        .map(|context| {
            item.of_context(context)
                .filter(|seen| seen.care == care)
                .map(|seen| (seen.units, gas_needed(seen, plain_ns * slack, ordinary)))
                .collect()
        })
        .collect();
    let known = |path: &Option<String>| {
        let cost = path.as_ref().and_then(|path| ordinary.get(path));
        cost.copied().unwrap_or(0.0)
    };
    let unit = match &item.unit {
        None => 0.0,
        Some(_) => {
            let slopes = contexts.iter().filter_map(|points| slope(item, points));
            slopes.fold(known(&item.unit), f64::max)
        }
    };
    // Of large sizes a small error of the unit's price would swamp the base: the smallest counts.
    let smallest = contexts
        .iter()
        .filter_map(|points| points.iter().min_by(|one, other| one.0.total_cmp(&other.0)));
    // A unit that has a price costs at least 1.
    let charged = if item.unit.is_some() {
        unit.max(1.0)
    } else {
        0.0
    };
    let base = smallest
        .map(|(units, gas)| gas - charged * units)
        .fold(known(&item.base), f64::max);
    (base, unit)
}

/// Whether the item is about operators of the module.
fn is_operator(item: &Item) -> bool {
    let paths = [&item.base, &item.unit].into_iter().flatten();
    paths.into_iter().any(|path| path.starts_with("wasm."))
}

/// The gas that an observation asks for when one gas may last so long, without what else was
/// paid for in it.
fn gas_needed(seen: &Observation, gas_ns: f64, ordinary: &Costs) -> f64 {
    let also: f64 = seen
        .also
        .iter()
        .map(|(path, count)| ordinary.get(path).copied().unwrap_or(0.0) * count)
        .sum();
    let whole = seen.ns / gas_ns;
    (whole - also).max(whole * REST_MIN)
}

/// The gas of each unit: from several sizes the line through them. A single size tells only when
/// the item has no base, or when the size is a single unit.
fn slope(item: &Item, points: &[(f64, f64)]) -> Option<f64> {
    let (first, rest) = points.split_first()?;
    if rest.iter().any(|point| point.0 != first.0) {
        return Some(line(points).b);
    }
    let alone = item.base.is_none() || item.name == "memory.grow";
    (alone && first.0 > 0.0).then(|| first.1 / first.0)
}

/// The present price if it will do, else the readable one.
fn settled(needed: f64, present: u64) -> u64 {
    let now = present as f64;
    if now >= needed && now <= needed * KEEP {
        return present;
    }
    readable(needed)
}

#[cfg(test)]
mod tests {
    use super::{median_ns_per_gas, propose};
    use crate::calibrate::item::{Care, Item, Observation};
    use crate::calibrate::prices::Prices;
    use lockstep_gas_meter::Schedule;

    fn seen(context: &str, care: Care, units: f64, ns: f64) -> Observation {
        Observation {
            context: context.to_owned(),
            care,
            units,
            also: Vec::new(),
            ns,
        }
    }

    /// A plain operator takes 2 ns, a load in no cache 80 ns, a hash 1,800 ns and 18 ns per byte,
    /// and a transfer, whose frame takes 1,250 ns and in the worst case 40,000, 3,750 ns.
    fn items() -> Vec<Item> {
        let mut plain = Item::new("arithmetic", Some("wasm.arithmetic"), None);
        plain.observations.push(seen("a", Care::Ordinary, 1.0, 2.0));
        let mut load = Item::new("load", Some("wasm.load"), None);
        load.observations.push(seen("a", Care::Ordinary, 1.0, 3.0));
        load.observations.push(seen("b", Care::Hostile, 1.0, 80.0));
        let base = "host.hash_sha2_256.base";
        let unit = "host.hash_sha2_256.per_input_byte";
        let mut hash = Item::new("hash", Some(base), Some(unit));
        for bytes in [0.0, 100.0, 10_000.0] {
            let ns = 1800.0 + 18.0 * bytes;
            hash.observations.push(seen("a", Care::Ordinary, bytes, ns));
        }
        let mut instance = Item::new("instance", Some("code.instantiate_base"), None);
        instance
            .observations
            .push(seen("a", Care::Ordinary, 0.0, 1250.0));
        instance
            .observations
            .push(seen("b", Care::Hostile, 0.0, 40_000.0));
        let mut call = Item::new("call", Some("host.call.base"), None);
        let mut both = seen("a", Care::Ordinary, 0.0, 3750.0);
        both.also.push(("code.instantiate_base".to_owned(), 1.0));
        call.observations.push(both);
        vec![plain, load, hash, instance, call]
    }

    #[test]
    fn prices_follow_the_slowest_context_and_the_line() {
        let mut present = Prices::of(&Schedule::v1());
        present.set("wasm.load", 100);
        let proposed = propose(&items(), &present);
        assert_eq!(proposed.integer("wasm.arithmetic"), 1);
        assert_eq!(proposed.integer("wasm.load"), 20);
        assert_eq!(proposed.integer("host.hash_sha2_256.base"), 1200);
        assert_eq!(proposed.integer("host.hash_sha2_256.per_input_byte"), 12);
        assert_eq!(proposed.integer("code.instantiate_base"), 10_000);
        // What the frame takes when nobody means harm is taken away, not its price.
        assert_eq!(proposed.integer("host.call.base"), 2000);
        let untouched = "wasm.store";
        assert_eq!(proposed.integer(untouched), present.integer(untouched));
    }

    #[test]
    fn a_price_that_will_do_stays() {
        let mut present = Prices::of(&Schedule::v1());
        present.set("wasm.load", 31);
        present.set("host.hash_sha2_256.base", 2001);
        let proposed = propose(&items(), &present);
        assert_eq!(proposed.integer("wasm.load"), 31);
        assert_eq!(proposed.integer("host.hash_sha2_256.base"), 1200);
        assert_eq!(propose(&items(), &proposed), proposed);
    }

    #[test]
    fn the_median_is_over_the_items() {
        let mut prices = Prices::of(&Schedule::v1());
        prices.set("wasm.load", 20);
        prices.set("host.hash_sha2_256.base", 300);
        prices.set("host.hash_sha2_256.per_input_byte", 3);
        prices.set("code.instantiate_base", 10_000);
        prices.set("host.call.base", 100_000);
        // 2, 4, 6, 4 and less than 1 ns per gas.
        assert_eq!(median_ns_per_gas(&items(), &prices), 4.0);
    }
}
