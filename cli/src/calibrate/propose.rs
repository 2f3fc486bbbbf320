//! From measurements to prices.
//!
//! One gas is the time of a plain operator on this machine: the median over all contexts of the
//! class `arithmetic`. So a schedule does not depend on how fast the machine is, only on how dear
//! things are beside each other. A price is chosen so that
//!
//! - in ordinary contexts a gas lasts at most [`ORDINARY`] times that long,
//! - in hostile ones at most [`HOSTILE`] times, which leaves room below the factor 3 that must
//!   never be passed,
//!
//! and is then rounded up to a readable number. A present price that is high enough, and not
//! more than [`KEEP`] times too high, stays, so that noise does not change a schedule.

use super::fit::{line, median, readable};
use super::item::{Care, Item, Observation, also};
use super::prices::Prices;

/// How much longer than a plain operator a gas may last in ordinary contexts.
const ORDINARY: f64 = 1.8;
/// The same in hostile contexts.
const HOSTILE: f64 = 2.4;
/// How much too high a price may be and stay.
const KEEP: f64 = 1.7;

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

/// The prices that the measurements ask for.
pub(crate) fn propose(items: &[Item], present: &Prices) -> Prices {
    let plain_ns = plain_operator_ns(items);
    let mut proposed = present.clone();
    for item in items {
        let contexts = item.contexts();
        let needs: Vec<Need> = contexts
            .iter()
            .map(|context| need(item.of_context(context), &proposed, plain_ns))
            .collect();
        let mut per_unit = 0.0;
        if let Some(unit) = &item.unit {
            let slope = needs.iter().filter_map(|need| need.slope).fold(0.0, f64::max);
            let price = settled(slope.max(0.01), present.integer(unit));
            proposed.set(unit, price);
            per_unit = price as f64;
        }
        if let Some(base) = &item.base {
            let rest = needs.iter().map(|need| need.base(per_unit)).fold(0.0, f64::max);
            proposed.set(base, settled(rest.max(0.01), present.integer(base)));
        }
    }
    proposed
}

/// What one context asks for, in gas.
struct Need {
    /// Units and gas of each observation, what else is paid for taken away.
    points: Vec<(f64, f64)>,
    /// The gas of each unit, when there are several sizes.
    slope: Option<f64>,
}

fn need<'i>(seen: impl Iterator<Item = &'i Observation>, prices: &Prices, plain_ns: f64) -> Need {
    let points: Vec<(f64, f64)> = seen
        .map(|seen| {
            let slack = match seen.care {
                Care::Ordinary => ORDINARY,
                Care::Hostile => HOSTILE,
            };
            let gas = seen.ns / (plain_ns * slack) - also(seen, prices);
            (seen.units, gas.max(0.0))
        })
        .collect();
    let least = points.iter().map(|(units, _)| *units).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|(units, _)| *units).fold(0.0, f64::max);
    let slope = match most > least {
        true => Some(line(&points).b),
        false => points.first().filter(|(units, _)| *units > 0.0).map(|(units, gas)| gas / units),
    };
    // A single size says nothing about base and unit apart; the unit counts in full only when
    // nothing else is known about the item.
    let slope = slope.filter(|_| most > least || points.len() == 1 && least == 1.0);
    Need { points, slope }
}

impl Need {
    /// The gas that is left for the base when each unit costs so much.
    fn base(&self, per_unit: f64) -> f64 {
        let rest: Vec<(f64, f64)> = self
            .points
            .iter()
            .map(|(units, gas)| (*units, (gas - per_unit * units).max(0.0)))
            .collect();
        // Of large sizes a small error of the unit's price would swamp the base.
        let smallest = rest.iter().min_by(|one, other| one.0.total_cmp(&other.0));
        smallest.map_or(0.0, |(_, gas)| *gas)
    }
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
        Observation { context: context.to_owned(), care, units, also: Vec::new(), ns }
    }

    /// A plain operator takes 2 ns, a load in no cache 96 ns, a hash 1,800 ns and 18 ns per byte.
    fn items() -> Vec<Item> {
        let mut plain = Item::new("arithmetic", Some("wasm.arithmetic"), None);
        plain.observations.push(seen("a", Care::Ordinary, 1.0, 2.0));
        let mut load = Item::new("load", Some("wasm.load"), None);
        load.observations.push(seen("a", Care::Ordinary, 1.0, 3.0));
        load.observations.push(seen("b", Care::Hostile, 1.0, 96.0));
        let (base, unit) = ("host.hash_sha2_256.base", "host.hash_sha2_256.per_input_byte");
        let mut hash = Item::new("hash", Some(base), Some(unit));
        for bytes in [0.0, 100.0, 10_000.0] {
            hash.observations.push(seen("a", Care::Ordinary, bytes, 1800.0 + 18.0 * bytes));
        }
        vec![plain, load, hash]
    }

    #[test]
    fn prices_follow_the_slowest_context_and_the_line() {
        let present = Prices::of(&Schedule::v1());
        let proposed = propose(&items(), &present);
        assert_eq!(proposed.integer("wasm.arithmetic"), 1);
        assert_eq!(proposed.integer("wasm.load"), 20);
        assert_eq!(proposed.integer("host.hash_sha2_256.base"), 500);
        assert_eq!(proposed.integer("host.hash_sha2_256.per_input_byte"), 5);
        assert_eq!(proposed.integer("wasm.store"), present.integer("wasm.store"));
    }

    #[test]
    fn a_price_that_will_do_stays() {
        let mut present = Prices::of(&Schedule::v1());
        present.set("wasm.load", 33);
        present.set("host.hash_sha2_256.base", 2000);
        let proposed = propose(&items(), &present);
        assert_eq!(proposed.integer("wasm.load"), 33);
        assert_eq!(proposed.integer("host.hash_sha2_256.base"), 500);
        assert_eq!(propose(&items(), &proposed), proposed);
    }

    #[test]
    fn the_median_is_over_the_items() {
        let prices = Prices::of(&Schedule::v1());
        // 2 ns per gas, 48, and 1800 / 250 or more.
        let median = median_ns_per_gas(&items(), &prices);
        assert!((7.0..8.0).contains(&median), "{median}");
    }
}
