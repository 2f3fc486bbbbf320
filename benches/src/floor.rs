//! What pays for the metering of each workload, and what would be left of it at the least.
//!
//! wasmi runs one operator after the other. What a charge makes of the counter is one operator for
//! it (three, where the counter is a global), a comparison with its branch another one, and taking
//! or giving back slots of the stack one to three. How many of them a workload runs is counted; what
//! they take together is the difference of its metered and its unmetered time. Their quotient is
//! what one of them takes, and with that the time is split: `charges alone` is the ratio that stays
//! when nothing but the charges does, and `comparisons too` the one with what stops a run without
//! gas. No form that is injected at these places can be below them.

use serde_json::{Value, json};

use crate::count::{Executed, executed};
use crate::workload::Workload;

/// Of so many operators one has to pay, or the difference of the times says nothing about it.
const OPERATORS_PER_PAYMENT_MAX: u64 = 100;

/// One workload.
#[derive(Debug)]
struct Row {
    name: &'static str,
    counts: Executed,
    /// Nanoseconds without metering and with it.
    unmetered: f64,
    metered: f64,
}

/// What stands in the way of going lower, for each workload.
#[derive(Debug, Default)]
pub struct Floor {
    rows: Vec<Row>,
}

impl Row {
    /// Nanoseconds for each of its operators.
    fn per_operator(&self) -> f64 {
        self.unmetered / self.counts.operators as f64
    }

    /// Nanoseconds for each charge, comparison and change of the stack; `None` when there are too
    /// few of them.
    fn per_payment(&self) -> Option<f64> {
        let Executed {
            charges,
            comparisons,
            stack,
            ..
        } = self.counts;
        let payments = charges + comparisons + stack;
        let enough = payments * OPERATORS_PER_PAYMENT_MAX >= self.counts.operators;
        enough.then(|| (self.metered - self.unmetered) / payments as f64)
    }

    /// The metered time with so many payments and no others, of the unmetered time. 1 when there
    /// are too few of all.
    fn with(&self, payments: u64) -> f64 {
        1.0 + self.per_payment().unwrap_or(0.0) * payments as f64 / self.unmetered
    }

    /// What stays without comparisons and stack.
    fn charges_alone(&self) -> f64 {
        self.with(self.counts.charges)
    }

    /// What stays without stack.
    fn comparisons_too(&self) -> f64 {
        self.with(self.counts.charges + self.counts.comparisons)
    }
}

impl Floor {
    /// Counts what a workload runs that takes so many nanoseconds unmetered and metered.
    pub fn push(&mut self, workload: &Workload, unmetered: f64, metered: f64) {
        self.rows.push(Row {
            name: workload.name,
            counts: executed(&workload.module(), workload.interpreted),
            unmetered,
            metered,
        });
    }

    /// The geometric mean of what stays of each workload.
    fn mean(&self, stays: impl Fn(&Row) -> f64) -> f64 {
        let sum: f64 = self.rows.iter().map(|row| stays(row).ln()).sum();
        (sum / self.rows.len() as f64).exp()
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let mut text = format!(
            "What the metering of wasmi goes into, for 1,000 operators\n{:<14}{:>10}{:>13}{:>9}{:>15}{:>11}{:>15}{:>17}\n",
            "",
            "charges",
            "comparisons",
            "stack",
            "ns an operator",
            "ns of each",
            "charges alone",
            "comparisons too",
        );
        for row in &self.rows {
            let per = |number: u64| 1000.0 * number as f64 / row.counts.operators as f64;
            text += &format!(
                "{:<14}{:>10.1}{:>13.1}{:>9.1}{:>15.2}{:>11}{:>15.3}{:>17.3}\n",
                row.name,
                per(row.counts.charges),
                per(row.counts.comparisons),
                per(row.counts.stack),
                row.per_operator(),
                row.per_payment()
                    .map_or("-".to_owned(), |nanoseconds| format!("{nanoseconds:.2}")),
                row.charges_alone(),
                row.comparisons_too(),
            );
        }
        let (charges, both) = (
            self.mean(Row::charges_alone),
            self.mean(Row::comparisons_too),
        );
        text + &format!("{:<72}{charges:>15.3}{both:>17.3}\n", "mean")
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "workload": row.name,
                "operators": row.counts.operators,
                "charges": row.counts.charges,
                "comparisons": row.counts.comparisons,
                "stack": row.counts.stack,
                "nanoseconds_per_operator": row.per_operator(),
                "nanoseconds_per_payment": row.per_payment(),
                "charges_alone": row.charges_alone(),
                "comparisons_too": row.comparisons_too(),
            })
        });
        json!({
            "rows": rows.collect::<Vec<Value>>(),
            "charges_alone": self.mean(Row::charges_alone),
            "comparisons_too": self.mean(Row::comparisons_too),
        })
    }
}
