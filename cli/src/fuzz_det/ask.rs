//! Asking worlds: a panic in one is an answer like a machine that stops, not the end of the search.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::base::{Base, Based};
use super::candidate::Candidate;
use super::divergence::{Divergence, compare};
use super::execution::Execution;
use super::history::History;
use super::record::Watch;
use super::way::Way;
use super::world::{Answer, World};
use crate::problem::Failure;

/// How often a candidate is executed at least before a world counts as agreeing: a fault may show only
/// now and then.
const TRIES: usize = 3;

/// Lets a world execute a history.
///
/// # Errors
/// When the world cannot be set up.
pub(super) fn ask(
    world: &mut Box<dyn World>,
    history: &History,
    watch: Watch,
) -> Result<Answer, Failure> {
    let execute = AssertUnwindSafe(|| world.execute(history, watch));
    catch_unwind(execute).unwrap_or_else(|panic| {
        let execution = Execution {
            fatal: Some(panic_text(&*panic)),
            ..Execution::default()
        };
        Ok(Answer::Executed(execution, Way::default()))
    })
}

/// What a world comes to where the base world came to this; nothing when its process stopped as it may.
///
/// # Errors
/// When the world cannot be set up.
pub(super) fn execution(
    world: &mut Box<dyn World>,
    based: &Based,
) -> Result<Option<Execution>, Failure> {
    world.base_took(based.took);
    Ok(match ask(world, &based.history, Watch::Calls)? {
        Answer::Executed(execution, _) => Some(execution),
        Answer::Stopped => None,
    })
}

/// Whether a world, as it is varied now, still differs about a candidate in this field.
///
/// # Errors
/// When the world cannot be set up, or the base world panics.
pub(super) fn differs(
    base: &mut Base,
    world: &mut Box<dyn World>,
    (candidate, field): (&Candidate, &str),
) -> Result<Option<Divergence>, Failure> {
    differs_from(&base.run_from_genesis(candidate)?, world, field)
}

/// Whether a world, as it is varied now, differs in this field from what a candidate came to.
///
/// # Errors
/// When the world cannot be set up.
pub(super) fn differs_from(
    based: &Based,
    world: &mut Box<dyn World>,
    field: &str,
) -> Result<Option<Divergence>, Failure> {
    for _ in 0..TRIES {
        let found = once(based, world)?.filter(|found| found.field == field);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Whether a world differs about a candidate in any of its variations: the first round in which it
/// does, which it is left in.
///
/// # Errors
/// When the world cannot be set up, or the base world panics.
pub(super) fn differs_in_some(
    base: &mut Base,
    world: &mut Box<dyn World>,
    candidate: &Candidate,
) -> Result<Option<(usize, Divergence)>, Failure> {
    let based = base.run_from_genesis(candidate)?;
    for round in 0..world.variations().len().max(TRIES) {
        world.vary(round);
        if let Some(found) = once(&based, world)? {
            return Ok(Some((round, found)));
        }
    }
    Ok(None)
}

/// Whether a world differs when it executes once.
fn once(based: &Based, world: &mut Box<dyn World>) -> Result<Option<Divergence>, Failure> {
    if based.execution.fatal.is_some() {
        return Ok(None);
    }
    let execution = execution(world, based)?;
    Ok(execution.and_then(|execution| compare(&based.execution, &execution)))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    format!("panic: {}", text.unwrap_or_default())
}
