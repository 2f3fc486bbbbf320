//! What the cheapest possible charge costs on wasmi's dispatch, and what follows from it.
//!
//! wasmi runs one operator after the other, and going from one to the next takes about as long as
//! a simple operator. `local.get`, `i64.const`, `i64.sub` and `local.set` of the counter become one
//! operator, and the comparison with the branch becomes another: nothing that counts can be less.
//! So what a charge takes is measured in a loop of simple operators, with a charge and without,
//! and with the comparison; and how many charges and comparisons a workload runs is counted. Their
//! product is the least that metering costs where the plan puts its charges.

use serde_json::{Value, json};

use crate::count::{Executed, executed};
use crate::measure::take_turns;
use crate::on_wasmi::plain;
use crate::workload::Workload;

/// How often the loops of simple operators run.
const RUNS: u32 = 200_000;
/// How many simple operators there are in each run, and half of them.
const OPERATORS: usize = 16;
const HALF: usize = OPERATORS / 2;

/// What each operator takes, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Operators {
    /// An `i64.add` of locals.
    pub simple: f64,
    /// A charge on a local.
    pub charge: f64,
    /// The comparison behind it.
    pub comparison: f64,
}

/// A loop of so many simple operators with this in front. No operator waits for the one before.
fn loop_with(extra: &str, operators: usize) -> Vec<u8> {
    let simple = ["$x", "$u", "$v", "$w"].iter().cycle().take(operators);
    let simple: String = simple
        .map(|local| format!("(local.set {local} (i64.add (local.get {local}) (local.get $y)))"))
        .collect();
    let text = format!(
        "(module (func (export \"run\") (param $n i32) (result i64)
            (local $x i64) (local $u i64) (local $v i64) (local $w i64)
            (local $y i64) (local $gas i64)
            (local.set $y (i64.const 3))
            (local.set $gas (i64.const 0x1000000000000))
            (block $exit
                (loop $l {extra} {simple}
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
            (i64.extend_i32_u (local.get $n))))"
    );
    wat::parse_str(text).expect("the text is a module")
}

impl Operators {
    /// Measures them.
    pub fn measure(rounds: u32) -> Operators {
        let charge = "(local.set $gas (i64.sub (local.get $gas) (i64.const 17)))";
        let compared = "(br_if $exit (i64.lt_s
            (local.tee $gas (i64.sub (local.get $gas) (i64.const 17))) (i64.const 0)))";
        let mut cases = vec![
            plain("bare", &loop_with("", OPERATORS), RUNS),
            plain("charge", &loop_with(charge, OPERATORS), RUNS),
            plain("compared", &loop_with(compared, OPERATORS), RUNS),
            plain("half", &loop_with("", HALF), RUNS),
        ];
        let times = take_turns("floor", rounds, &mut cases);
        let per_run: Vec<f64> = times
            .iter()
            .map(|time| time.nanoseconds / f64::from(RUNS))
            .collect();
        Operators {
            simple: (per_run[0] - per_run[3]) / HALF as f64,
            charge: per_run[1] - per_run[0],
            comparison: per_run[2] - per_run[1],
        }
    }
}

/// What stands in the way of going lower, for each workload.
#[derive(Debug)]
pub struct Floor {
    operators: Operators,
    rows: Vec<(&'static str, Executed, f64)>,
}

impl Floor {
    /// Measures the operators.
    pub fn new(rounds: u32) -> Floor {
        Floor {
            operators: Operators::measure(rounds),
            rows: Vec::new(),
        }
    }

    /// Counts what a workload runs, which takes so many nanoseconds unmetered.
    pub fn push(&mut self, workload: &Workload, unmetered: f64) {
        let counts = executed(&workload.module(), workload.interpreted);
        self.rows.push((workload.name, counts, unmetered));
    }

    /// The least that a workload takes with so many charges and comparisons, of its unmetered time.
    fn least(&self, counts: &Executed, unmetered: f64) -> f64 {
        let Operators {
            charge, comparison, ..
        } = self.operators;
        1.0 + (counts.charges as f64 * charge + counts.comparisons as f64 * comparison) / unmetered
    }

    /// The table as text.
    pub fn text(&self) -> String {
        let operators = self.operators;
        let mut text = format!(
            "What wasmi's dispatch asks for: a simple operator takes {:.2} ns, a charge {:.2} ns, its comparison {:.2} ns\n{:<14}{:>14}{:>14}{:>14}{:>14}{:>14}\n",
            operators.simple,
            operators.charge,
            operators.comparison,
            "per 1000 run",
            "operators",
            "charges",
            "comparisons",
            "stack",
            "least ratio",
        );
        for (name, counts, unmetered) in &self.rows {
            let per = |number: u64| 1000.0 * number as f64 / counts.operators as f64;
            text += &format!(
                "{name:<14}{:>14}{:>14.1}{:>14.1}{:>14.1}{:>14.3}\n",
                counts.operators,
                per(counts.charges),
                per(counts.comparisons),
                per(counts.stack),
                self.least(counts, *unmetered),
            );
        }
        text
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let rows = self.rows.iter().map(|(name, counts, unmetered)| {
            json!({
                "workload": name,
                "operators": counts.operators,
                "charges": counts.charges,
                "comparisons": counts.comparisons,
                "stack": counts.stack,
                "least_ratio": self.least(counts, *unmetered),
            })
        });
        json!({
            "simple_operator_nanoseconds": self.operators.simple,
            "charge_nanoseconds": self.operators.charge,
            "comparison_nanoseconds": self.operators.comparison,
            "rows": rows.collect::<Vec<Value>>(),
        })
    }
}
