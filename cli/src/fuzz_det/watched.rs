//! The ways of two worlds through a transaction that differs, with the places where they part.
//!
//! Both are asked for the first stretch, and once more for another where that is the one that counts.

use super::ask::ask;
use super::base::Base;
use super::divergence::Divergence;
use super::execution::Execution;
use super::history::History;
use super::record::Watch;
use super::report::Segments;
use super::results::Results;
use super::way::{Way, stretch_apart};
use super::world::{Answer, World};
use crate::problem::Failure;

/// The segments of the transaction that differs in the base world and in another, and if the other
/// tells them, what the operators of both compute.
///
/// # Errors
/// When the world cannot be set up.
pub(super) fn watched(
    base: &Base,
    world: &mut Box<dyn World>,
    history: &History,
    divergence: &Divergence,
) -> Result<(Segments, Option<Results>), Failure> {
    // Nobody watches a dry run.
    let transaction = divergence.transaction.filter(|_| !divergence.in_dry_run);
    let Some(transaction) = transaction else {
        return Ok(Default::default());
    };
    let block = divergence.block;
    let segments = |stretch| Watch::Segments {
        block,
        transaction,
        stretch,
    };
    let mut ours = base.watched(history, segments(0)).1;
    let mut theirs = told(world, history, segments(0))?.map_or_else(Way::default, |told| told.1);
    if let Some(stretch) = stretch_apart(&ours, &theirs) {
        if stretch > 0 {
            ours = base.watched(history, segments(stretch)).1;
            let again = told(world, history, segments(stretch))?;
            theirs = again.map_or_else(Way::default, |told| told.1);
        }
    } else {
        let call = divergence.call.as_ref().map(|call| call.position);
        let stretch = ours.stretch_before(call).filter(|stretch| *stretch > 0);
        if let Some(stretch) = stretch {
            ours = base.watched(history, segments(stretch)).1;
        }
    }
    if ours.is_empty() || theirs.is_empty() {
        return Ok(((ours, theirs), None));
    }
    let results = |stretch| Watch::Results {
        block,
        transaction,
        stretch,
    };
    let results = both_results(base, world, history, results)?;
    Ok(((ours, theirs), results))
}

/// What the operators of both compute, in the stretch in which that differs; nothing when the
/// other's process stopped as it may.
fn both_results(
    base: &Base,
    world: &mut Box<dyn World>,
    history: &History,
    watch: impl Fn(usize) -> Watch,
) -> Result<Option<Results>, Failure> {
    let Some(mut theirs) = told(world, history, watch(0))? else {
        return Ok(None);
    };
    let mut ours = base.watched(history, watch(0));
    let stretch = stretch_apart(&ours.1, &theirs.1).filter(|stretch| *stretch > 0);
    if let Some(stretch) = stretch {
        let Some((_, way)) = told(world, history, watch(stretch))? else {
            return Ok(None);
        };
        theirs.1 = way;
        ours.1 = base.watched(history, watch(stretch)).1;
    }
    Ok(Some(Results { ours, theirs }))
}

/// What a world tells; nothing when its process stopped as it may.
fn told(
    world: &mut Box<dyn World>,
    history: &History,
    watch: Watch,
) -> Result<Option<(Execution, Way)>, Failure> {
    Ok(match ask(world, history, watch)? {
        Answer::Executed(execution, way) => Some((execution, way)),
        Answer::Stopped => None,
    })
}
