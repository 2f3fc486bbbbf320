//! Getting code ready: loading it (validation, instrumentation, translation) and making
//! instances of it.
//!
//! Loading is priced as if no cache had the code, because a sender can see to that. Several
//! shapes of code are measured, among them those that give the machine the most work per byte.

mod dense;
mod instances;
mod shapes;

use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{Engine, WasmiEngine};

use super::bench::{Case, Times, interleaved};
use super::clock::timed;
use super::item::{Care, Item, Observation};
use super::program::assemble;
use super::{Effort, Noise};
use crate::problem::Failure;

use self::dense::DENSE;
pub(super) use self::shapes::small_functions;
use self::shapes::{SHAPES, Shape};

/// Measures loading and instances.
pub(super) fn measure(
    effort: Effort,
    protocol: &Protocol,
    noise: &mut Noise,
) -> Result<Vec<Item>, Failure> {
    let mut items = vec![loading(effort, protocol, noise)?];
    items.extend(instances::measure(effort, protocol, noise)?);
    Ok(items)
}

/// Every kind of code.
fn all_shapes() -> impl Iterator<Item = Shape> {
    SHAPES.into_iter().chain(DENSE)
}

fn loading(effort: Effort, protocol: &Protocol, noise: &mut Noise) -> Result<Item, Failure> {
    let mut item = Item::new(
        "loading code",
        Some("code.load_base"),
        Some("code.load_per_byte"),
    );
    for shape in all_shapes() {
        let counts = if effort.shrink > 1 {
            [1, 20, 60]
        } else {
            [1, 100, 1000]
        };
        let mut cases: Vec<Case<'_>> = Vec::new();
        let mut lengths = Vec::new();
        for count in counts {
            let bytes = assemble(&(shape.text)(count))?;
            lengths.push(bytes.len() as f64);
            let engine = WasmiEngine::new();
            cases.push(Box::new(move || {
                let (made, ns) = timed(|| {
                    let prepared = prepare(&bytes, protocol).map_err(Failure::bug)?;
                    engine.compile(&prepared).map_err(Failure::bug)
                });
                made.map(|_| ns)
            }));
        }
        let times = interleaved(&mut cases, effort.rounds.div_ceil(3))?;
        for (length, times) in lengths.iter().zip(&times) {
            noise.add(times);
            item.observations
                .push(observation(shape.label, shape.care, *length, times, &[]));
        }
    }
    Ok(item)
}

fn observation(
    context: &str,
    care: Care,
    units: f64,
    times: &Times,
    also: &[(&str, f64)],
) -> Observation {
    Observation {
        context: context.to_owned(),
        care,
        units,
        also: also
            .iter()
            .map(|(path, count)| ((*path).to_owned(), *count))
            .collect(),
        ns: times.minimum,
    }
}

#[cfg(test)]
mod tests {
    use super::all_shapes;
    use crate::calibrate::program::assemble;
    use lockstep_gas_meter::{Protocol, prepare};

    #[test]
    fn all_shapes_are_accepted() {
        let protocol = Protocol::v1();
        for shape in all_shapes() {
            for count in [1, 20] {
                let bytes = assemble(&(shape.text)(count)).expect(shape.label);
                prepare(&bytes, &protocol).expect(shape.label);
            }
        }
    }
}
