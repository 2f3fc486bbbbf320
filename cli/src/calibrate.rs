//! Measuring what things cost on this machine, and what they ought to cost.
//!
//! [`measure`] times every operator class, every host function and every other step that a
//! transaction pays for, on the engine and with the state that the machine ships. The result is
//! a list of [`Item`]s, which `propose` turns into a schedule and `report` into a table.
//!
//! One gas is meant to be about one plain Wasm instruction on wasmi. So nanoseconds per gas are
//! compared, item by item, with their median over all items: the verdict is how far the
//! worst item lies above it.
//!
//! Everything here is a tool: floats and clocks are at home, and nothing of it runs in a
//! transaction.

pub(crate) mod bench;
pub(crate) mod clock;
mod code;
mod fit;
pub(crate) mod host_calls;
pub(crate) mod item;
mod operators;
pub(crate) mod prices;
pub(crate) mod program;
pub(crate) mod propose;
pub(crate) mod report;
mod transactions;
pub(crate) mod world;

use lockstep_gas_meter::Protocol;

use self::bench::Times;
use self::item::Item;
use crate::problem::Failure;

/// How much to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effort {
    /// How often each case is run.
    pub(crate) rounds: u32,
    /// What the length of each run is divided by.
    pub(crate) shrink: u32,
    /// How many storage items, and how many accounts, the state holds.
    pub(crate) state_keys: u32,
}

impl Effort {
    /// For prices.
    pub(crate) const FULL: Effort = Effort {
        rounds: 25,
        shrink: 1,
        state_keys: 10_000,
    };
    /// For a look: rough numbers in seconds.
    pub(crate) const QUICK: Effort = Effort {
        rounds: 3,
        shrink: 10,
        state_keys: 1_000,
    };
}

/// How noisy the machine was: for each case, how far its median round lies above its fastest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noise {
    excesses: Vec<f64>,
}

impl Noise {
    fn add(&mut self, times: &Times) {
        if times.minimum > 0.0 {
            self.excesses.push(times.median / times.minimum - 1.0);
        }
    }

    /// The median over all cases, as a fraction.
    pub(crate) fn typical(&self) -> f64 {
        fit::median(&self.excesses)
    }
}

/// Everything that was measured.
#[derive(Clone, Debug)]
pub(crate) struct Measurements {
    /// One per thing that has a price.
    pub(crate) items: Vec<Item>,
    /// How noisy the machine was.
    pub(crate) noise: Noise,
}

/// Measures everything. `progress` is told what is being measured.
pub(crate) fn measure(
    effort: Effort,
    protocol: &Protocol,
    progress: &mut dyn FnMut(&str),
) -> Result<Measurements, Failure> {
    let mut noise = Noise::default();
    let mut items = Vec::new();
    progress("Wasm operators");
    items.extend(operators::measure(effort, protocol, &mut noise)?);
    progress("code and instances");
    items.extend(code::measure(effort, protocol, &mut noise)?);
    progress("transactions");
    items.extend(transactions::measure(effort, protocol, &mut noise)?);
    progress("host functions");
    items.extend(host_calls::measure(effort, protocol, &mut noise)?);
    Ok(Measurements { items, noise })
}
