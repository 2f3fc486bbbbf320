//! The report of a calibration, as a document and as Markdown.

use std::fmt::Write as _;

use serde::Serialize;

use super::item::{Care, Item};
use super::prices::Prices;
use super::propose::{median_ns_per_gas, plain_operator_ns};
use super::{Effort, Measurements};
use crate::value::grouped;

/// How far the worst item may lie above the median.
pub(crate) const RATIO_MAX: f64 = 3.0;

/// The document of `lockstep gas calibrate`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CalibrationReport {
    schema: &'static str,
    quick: bool,
    /// The hash of the schedule that was held against the measurements.
    schedule_hash: String,
    /// How far the median round lies above the fastest, over all cases, in percent.
    noise_percent: f64,
    /// Nanoseconds of a plain operator.
    plain_operator_ns: f64,
    /// The median over the items of the most nanoseconds per gas, at the present prices.
    median_ns_per_gas: f64,
    /// The worst item's, divided by the median.
    worst_ratio: f64,
    /// The same two at the proposed prices.
    proposed_median_ns_per_gas: f64,
    proposed_worst_ratio: f64,
    items: Vec<ItemReport>,
}

/// One item.
#[derive(Clone, Debug, Serialize)]
struct ItemReport {
    name: String,
    prices: Vec<PriceReport>,
    /// Nanoseconds at no units and per unit, of the context with the greatest cost.
    base_ns: f64,
    unit_ns: f64,
    worst_context: String,
    hostile: bool,
    units: f64,
    ns_per_gas: f64,
    ratio: f64,
    observations: Vec<ObservationReport>,
}

/// One measurement.
#[derive(Clone, Debug, Serialize)]
struct ObservationReport {
    context: String,
    hostile: bool,
    units: f64,
    ns: f64,
    /// Its gas at the present prices, everything in it that is paid for included.
    gas: f64,
}

/// One price of an item.
#[derive(Clone, Debug, Serialize)]
struct PriceReport {
    price: String,
    present: u64,
    proposed: u64,
}

/// Puts the report together.
pub(crate) fn report(
    measured: &Measurements,
    effort: Effort,
    schedule_hash: String,
    present: &Prices,
    proposed: &Prices,
) -> CalibrationReport {
    let items = &measured.items;
    let median = median_ns_per_gas(items, present);
    let proposed_median = median_ns_per_gas(items, proposed);
    let worst = |prices: &Prices| {
        items
            .iter()
            .filter_map(|item| item.worst(prices).map(|(_, ratio)| ratio))
            .fold(0.0, f64::max)
    };
    CalibrationReport {
        schema: "lockstep.gas-calibrate/1",
        quick: effort != Effort::FULL,
        schedule_hash,
        noise_percent: rounded(100.0 * measured.noise.typical()),
        plain_operator_ns: rounded(plain_operator_ns(items)),
        median_ns_per_gas: rounded(median),
        worst_ratio: rounded(worst(present) / median),
        proposed_median_ns_per_gas: rounded(proposed_median),
        proposed_worst_ratio: rounded(worst(proposed) / proposed_median),
        items: items
            .iter()
            .filter_map(|item| describe(item, present, proposed, median))
            .collect(),
    }
}

/// Two digits behind the point are more than the measurements hold.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn describe(item: &Item, present: &Prices, proposed: &Prices, median: f64) -> Option<ItemReport> {
    let (seen, ns_per_gas) = item.worst(present)?;
    let line = item.line(&seen.context);
    let prices = [&item.base, &item.unit].into_iter().flatten();
    Some(ItemReport {
        name: item.name.clone(),
        prices: prices
            .map(|path| PriceReport {
                price: path.clone(),
                present: present.integer(path),
                proposed: proposed.integer(path),
            })
            .collect(),
        base_ns: rounded(line.a),
        unit_ns: (line.b * 10_000.0).round() / 10_000.0,
        worst_context: seen.context.clone(),
        hostile: seen.care == Care::Hostile,
        units: seen.units,
        ns_per_gas: rounded(ns_per_gas),
        ratio: rounded(ns_per_gas / median),
        observations: item
            .observations
            .iter()
            .map(|seen| ObservationReport {
                context: seen.context.clone(),
                hostile: seen.care == Care::Hostile,
                units: seen.units,
                ns: rounded(seen.ns),
                gas: item.gas(seen, present),
            })
            .collect(),
    })
}

impl CalibrationReport {
    /// Whether the present prices are such that nothing is far above the median.
    pub(crate) fn is_within(&self) -> bool {
        self.worst_ratio <= RATIO_MAX
    }

    /// The verdict on the present prices, in one line.
    pub(crate) fn verdict(&self) -> String {
        let state = if self.is_within() { "met" } else { "missed" };
        format!(
            "worst/median {:.2} at the present prices (at most {RATIO_MAX}: {state}), {:.2} at the proposed ones; \
             a plain operator takes {:.2} ns; noise {:.0} %",
            self.worst_ratio, self.proposed_worst_ratio, self.plain_operator_ns, self.noise_percent,
        )
    }

    /// The report as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("# Calibration\n\n{}.\n\n", self.verdict());
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "Schedule `{}`. Per item: the line `a + b n` in nanoseconds of its worst context (thread CPU time, least of \
             several interleaved rounds), and the most nanoseconds per gas over all its contexts. The median of \
             that column is {:.2}. (h) marks contexts made to hurt.\n",
            self.schedule_hash, self.median_ns_per_gas,
        );
        text.push_str("| Item | a, ns | b, ns | Prices | Proposed | Worst context | n | ns per gas | to the median |\n");
        text.push_str("|---|---:|---:|---|---|---|---:|---:|---:|\n");
        for item in &self.items {
            let show = |pick: fn(&PriceReport) -> u64| -> String {
                let prices: Vec<String> = item
                    .prices
                    .iter()
                    .map(|price| grouped(pick(price)))
                    .collect();
                prices.join("; ")
            };
            let names: Vec<&str> = item
                .prices
                .iter()
                .map(|price| price.price.as_str())
                .collect();
            let proposed = if item
                .prices
                .iter()
                .all(|price| price.present == price.proposed)
            {
                String::from("same")
            } else {
                show(|price| price.proposed)
            };
            let _ = writeln!(
                text,
                "| {} | {:.2} | {} | `{}` {} | {proposed} | {}{} | {} | {:.2} | {:.2} |",
                item.name,
                item.base_ns,
                item.unit_ns,
                names.join("`, `"),
                show(|price| price.present),
                item.worst_context,
                if item.hostile { " (h)" } else { "" },
                item.units,
                item.ns_per_gas,
                item.ratio,
            );
        }
        text
    }
}
