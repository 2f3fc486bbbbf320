//! Host functions: each called many times from a loop, against the same loop without the call.
//!
//! The calls go all the way: through the engine, the frame, the journal and the trie, and the
//! root of the state is brought up to date afterwards, so that a write's price covers its share
//! of that. Keys are random and different in every turn of the loop. Deep contexts use a contract
//! whose keys were chosen so that the path to one of them branches at every bit.

mod context;
mod deep;
mod messages;
mod plain;
mod scattered;
mod storage;

use std::cell::RefCell;

use lockstep_gas_meter::Protocol;
use lockstep_vm::Status;

use self::context::{BUFFER, FIXED, HostContexts, KEYS, Unit, path};
use super::bench::{Case, interleaved};
use super::item::{Item, Observation};
use super::world::World;
use super::{Effort, Noise};
use crate::problem::Failure;

pub(crate) use self::context::{escaped, import};
pub(crate) use self::deep::deep_items;
pub(crate) use self::plain::SIGNED;

/// Every context of every host function.
fn all(world: &mut World) -> Result<HostContexts, Failure> {
    let mut contexts = HostContexts::default();
    plain::add(&mut contexts, world)?;
    storage::add(&mut contexts, world)?;
    messages::add(&mut contexts, world)?;
    Ok(contexts)
}

/// How many contexts take turns.
const CASES_AT_ONCE: usize = 8;

/// Measures every host function.
pub(super) fn measure(
    effort: Effort,
    protocol: &Protocol,
    noise: &mut Noise,
) -> Result<Vec<Item>, Failure> {
    let mut world = World::new(effort.state_keys, protocol)?;
    let HostContexts {
        mut items,
        contexts,
    } = all(&mut world)?;
    let world = RefCell::new(world);
    let (alone, together): (Vec<_>, Vec<_>) =
        contexts.into_iter().partition(|context| context.alone);
    let chunks = together.chunks(CASES_AT_ONCE).chain(alone.chunks(1));
    for chunk in chunks {
        let mut cases: Vec<Case<'_>> = Vec::new();
        for context in chunk {
            let turns = (context.turns / effort.shrink).max(1);
            for with_calls in [true, false] {
                let text = context.text(turns, with_calls);
                let code = world.borrow_mut().put_code(&text)?;
                let world = &world;
                cases.push(Box::new(move || {
                    let mut world = world.borrow_mut();
                    let ran = world.run(context.contract, code, &context.input)?;
                    require_end(ran.status, &context.label)?;
                    Ok(ran.ns)
                }));
            }
        }
        // What happens once per frame is a small difference of two large times.
        let once = chunk.iter().any(|context| context.turns == 1);
        let rounds = match (once, chunk.iter().any(|context| context.alone)) {
            (true, _) => 4 * effort.rounds,
            (_, true) => effort.rounds.div_ceil(5),
            _ => effort.rounds,
        };
        let times = interleaved(&mut cases, rounds)?;
        for (context, pair) in chunk.iter().zip(times.chunks(2)) {
            noise.add(&pair[0]);
            let turns = f64::from((context.turns / effort.shrink).max(1));
            items[context.item].observations.push(Observation {
                context: context.label.clone(),
                care: context.care,
                units: context.units,
                also: context.also.clone(),
                ns: ((pair[0].minimum - pair[1].minimum) / turns).max(0.0),
            });
        }
    }
    Ok(items)
}

/// A program that traps measures nothing.
fn require_end(status: Status, label: &str) -> Result<(), Failure> {
    match status {
        Status::Success | Status::Reverted | Status::Panicked => Ok(()),
        other => Err(Failure::bug(format!(
            "the calibration program for \"{label}\" ended with {other:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{all, require_end};
    use crate::calibrate::prices::Prices;
    use crate::calibrate::world::World;
    use lockstep_abi::HostFunction;
    use lockstep_gas_meter::{Protocol, Schedule};

    #[test]
    fn every_context_runs_and_every_host_function_and_price_has_one() {
        let mut world = World::new(600, &Protocol::v1()).expect("a state");
        let contexts = all(&mut world).expect("contexts");
        let prices = Prices::of(&Schedule::v1());
        for item in &contexts.items {
            for path in [&item.base, &item.unit].into_iter().flatten() {
                prices.get(path);
            }
        }
        for context in &contexts.contexts {
            for with_calls in [true, false] {
                let text = context.text(2, with_calls);
                let code = world.put_code(&text).expect("a module");
                let ran = world.run(context.contract, code, &context.input);
                let ran = ran.expect("it runs");
                require_end(ran.status, &context.label).expect("it ends well");
            }
        }
        for function in HostFunction::ALL {
            let price = Schedule::v1().host_price(function);
            let named = |field: &str| {
                let path = super::path(function, field);
                contexts.items.iter().any(|item| {
                    item.base.as_ref() == Some(&path) || item.unit.as_ref() == Some(&path)
                })
            };
            assert!(named("base"), "{}", function.name());
            assert!(
                price.per_input_byte == 0 || named("per_input_byte"),
                "{}",
                function.name()
            );
            assert!(
                price.per_output_byte == 0 || named("per_output_byte"),
                "{}",
                function.name()
            );
        }
    }
}
