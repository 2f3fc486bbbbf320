//! The first difference between engines that replay a bundle.

use lockstep_engines::Divergence;
use lockstep_vm::{EngineIdentity, ReplayPlace};
use serde::Serialize;

use crate::problem::Problem;
use crate::run::{StepPlace, difference};

/// A difference between two engines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnginesDifference {
    /// The block's height.
    pub block: u64,
    /// The transaction's number in the block, from 1.
    pub transaction: u64,
    /// The host call, the begin or end of a frame, or the receipt.
    pub place: String,
    /// What differs there.
    pub field: &'static str,
    /// The two engines, with their versions.
    pub engines: [String; 2],
    /// What it is on each.
    pub values: [String; 2],
}

/// The difference, and the problem that it is. `shown` is how the file is named.
pub(super) fn told(
    place: Option<ReplayPlace>,
    divergence: &Divergence,
    shown: &str,
) -> (EnginesDifference, Problem) {
    let height = place.map_or(0, |place| place.height);
    let number = place.and_then(|place| place.transaction);
    let number = number.map_or(0, |number| u64::try_from(number).unwrap_or(u64::MAX));
    let help =
        format!("one of the engines is wrong; report it with {shown} and the version of lockstep");
    let problem = difference(StepPlace { height, number }, divergence, help);
    let name = |engine: EngineIdentity| format!("{} {}", engine.name, engine.version);
    let told = EnginesDifference {
        block: height,
        transaction: number,
        place: divergence.place.clone(),
        field: divergence.field,
        engines: [name(divergence.first), name(divergence.second)],
        values: [
            divergence.first_value.clone(),
            divergence.second_value.clone(),
        ],
    };
    (told, problem)
}
