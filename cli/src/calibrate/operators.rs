//! Wasm operators: for each class many contexts, each a body and what it is compared with.
//!
//! An engine that fuses operators makes each of them look free beside some neighbour and
//! expensive beside another. So each operator is measured with operands from locals, from the
//! result before, from memory and from constants, and all of the body's time that the comparison
//! does not have is put down to it: the operands that an engine computes for nothing make no
//! operator look cheaper than it is. The slowest context counts.

mod arithmetic;
mod calls;
mod control;
mod memory;
mod scattered;

use lockstep_gas_meter::Protocol;

use super::bench::{Case, interleaved};
use super::item::{Care, Item, Observation};
use super::program::{Program, Setup, compile};
use super::{Effort, Noise};
use crate::problem::Failure;

/// One context of one class.
pub(super) struct Context {
    /// The price that it is about.
    item: usize,
    label: String,
    care: Care,
    /// How often the operator occurs in the body; for a price per unit, how many units.
    count: f64,
    units: f64,
    also: Vec<(String, f64)>,
    program: Program,
    /// The same program with another body.
    compared: Program,
}

/// The items of this file and their contexts.
#[derive(Default)]
pub(super) struct Contexts {
    items: Vec<Item>,
    contexts: Vec<Context>,
}

/// A body and the one that it is compared with.
struct Bodies {
    body: String,
    compared: String,
    count: u32,
}

impl Bodies {
    /// `body(k)` for k = 0, 1, ..., against nothing. Each holds the operator `each` times.
    fn plain(repeats: u32, each: u32, body: impl Fn(u32) -> String) -> Bodies {
        Bodies::against(repeats, each, body, |_| String::new())
    }

    /// `body(k)` against `compared(k)`.
    fn against(
        repeats: u32,
        each: u32,
        body: impl Fn(u32) -> String,
        compared: impl Fn(u32) -> String,
    ) -> Bodies {
        let join =
            |one: &dyn Fn(u32) -> String| (0..repeats).map(one).collect::<Vec<String>>().join("\n");
        Bodies {
            body: join(&body),
            compared: join(&compared),
            count: repeats * each,
        }
    }
}

impl Contexts {
    /// A new item; contexts that are added belong to it.
    fn item(&mut self, name: &str, base: Option<&str>, unit: Option<&str>) {
        self.items.push(Item::new(name, base, unit));
    }

    /// A context of the newest item. It is run for about as many operators as all others are.
    fn add(&mut self, label: impl Into<String>, bodies: Bodies) -> &mut Context {
        let program = |body: String| Program {
            body,
            rounds: (OPERATORS / bodies.count.max(1)).max(1),
            ..Program::default()
        };
        self.contexts.push(Context {
            item: self.items.len() - 1,
            label: label.into(),
            care: Care::Ordinary,
            count: f64::from(bodies.count),
            units: 1.0,
            also: Vec::new(),
            program: program(bodies.body),
            compared: program(bodies.compared),
        });
        let newest = self.contexts.len() - 1;
        &mut self.contexts[newest]
    }
}

/// How many operators a run of a context executes at full effort, about.
const OPERATORS: u32 = 100_000;

impl Context {
    fn hostile(&mut self) -> &mut Context {
        self.care = Care::Hostile;
        self
    }

    fn setup(&mut self, setup: Setup) -> &mut Context {
        self.program.setup = setup;
        self.compared.setup = setup;
        self
    }

    fn declare(&mut self, declarations: &str) -> &mut Context {
        declarations.clone_into(&mut self.program.declarations);
        declarations.clone_into(&mut self.compared.declarations);
        self
    }

    fn also(&mut self, path: &str, count: f64) -> &mut Context {
        self.also.push((path.to_owned(), count));
        self
    }

    /// Each occurrence is about so many units.
    fn units(&mut self, units: f64) -> &mut Context {
        self.units = units;
        self
    }

    /// How often the loop turns.
    fn rounds(&mut self, rounds: u32) -> &mut Context {
        self.program.rounds = rounds;
        self.compared.rounds = rounds;
        self
    }
}

/// Every context of every class.
fn all() -> Contexts {
    let mut contexts = Contexts::default();
    arithmetic::add(&mut contexts);
    memory::add(&mut contexts);
    control::add(&mut contexts);
    calls::add(&mut contexts);
    contexts
}

/// Measures every class.
pub(super) fn measure(
    effort: Effort,
    protocol: &Protocol,
    noise: &mut Noise,
) -> Result<Vec<Item>, Failure> {
    let Contexts {
        mut items,
        contexts,
    } = all();
    let mut least = vec![[f64::INFINITY; 2]; contexts.len()];
    for _ in 0..PASSES {
        let chunks = contexts.chunks(CASES_AT_ONCE);
        for (chunk, least) in chunks.zip(least.chunks_mut(CASES_AT_ONCE)) {
            measure_chunk(chunk, least, effort, protocol, noise)?;
        }
    }
    for (context, [with, without]) in contexts.iter().zip(least) {
        let occurrences = context.count * f64::from(shrunk(&context.program, effort));
        items[context.item].observations.push(Observation {
            context: context.label.clone(),
            care: context.care,
            units: context.units,
            also: context.also.clone(),
            ns: ((with - without) / occurrences).max(0.0),
        });
    }
    Ok(with_entry(items))
}

/// Runs these contexts in turn, each compiled anew, and lowers the least times of their bodies and of
/// what those are compared with.
fn measure_chunk(
    chunk: &[Context],
    least: &mut [[f64; 2]],
    effort: Effort,
    protocol: &Protocol,
    noise: &mut Noise,
) -> Result<(), Failure> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for context in chunk {
        for program in [&context.program, &context.compared] {
            let program = Program {
                rounds: shrunk(program, effort),
                ..program.clone()
            };
            let compiled = compile(&program.text(), protocol)?;
            cases.push(Box::new(move || compiled.time().map(|(ns, _)| ns)));
        }
    }
    let times = interleaved(&mut cases, effort.rounds.div_ceil(2))?;
    for (least, pair) in least.iter_mut().zip(times.chunks(2)) {
        noise.add(&pair[0]);
        for (least, times) in least.iter_mut().zip(pair) {
            *least = least.min(times.minimum);
        }
    }
    Ok(())
}

/// How often a program's body runs.
fn shrunk(program: &Program, effort: Effort) -> u32 {
    (program.rounds / effort.shrink).max(1)
}

/// Puts the function entry's item in front of the calls: a third of the call of an empty function.
fn with_entry(mut items: Vec<Item>) -> Vec<Item> {
    let Some(position) = items.iter().position(|item| item.name == "call") else {
        return items;
    };
    let mut entry = Item::new("function entry", Some("wasm.function_entry"), None);
    let empty = items[position].observations.first();
    entry.observations.extend(empty.map(|seen| Observation {
        context: "a third of the call of an empty function".to_owned(),
        care: Care::Ordinary,
        units: 0.0,
        also: Vec::new(),
        ns: seen.ns / 3.0,
    }));
    items.insert(position, entry);
    items
}

/// How often all contexts are measured, a while apart: a neighbour is busy for longer than a context
/// takes, and code that was compiled anew lies elsewhere.
const PASSES: usize = 3;

/// How many contexts take turns. Memories of 8 MiB are among them, so not all at once.
const CASES_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::all;
    use crate::calibrate::prices::Prices;
    use crate::calibrate::program::{Program, compile};
    use lockstep_gas_meter::{Protocol, Schedule};
    use lockstep_vm::Completion;

    #[test]
    fn every_context_is_accepted_runs_to_its_end_and_names_prices_that_exist() {
        let prices = Prices::of(&Schedule::v1());
        let contexts = all();
        for item in &contexts.items {
            for path in [&item.base, &item.unit].into_iter().flatten() {
                prices.get(path);
            }
        }
        for context in &contexts.contexts {
            for program in [&context.program, &context.compared] {
                let program = Program {
                    rounds: 1,
                    ..program.clone()
                };
                let run = compile(&program.text(), &Protocol::v1()).and_then(|it| it.run());
                let (completion, _) = run.expect(&context.label);
                assert_eq!(completion, Completion::Returned, "{}", context.label);
            }
        }
    }

    #[test]
    fn every_price_of_an_operator_has_an_item() {
        let contexts = all();
        let named: Vec<&str> = contexts
            .items
            .iter()
            .flat_map(|item| [item.base.as_deref(), item.unit.as_deref()])
            .flatten()
            .chain(
                contexts
                    .contexts
                    .iter()
                    .flat_map(|context| context.also.iter().map(|(path, _)| path.as_str())),
            )
            .collect();
        let document = toml::Value::try_from(Schedule::v1()).expect("it serialises");
        for key in document["wasm"].as_table().expect("a table").keys() {
            // A trap ends the frame and takes all its gas; the frame is measured.
            if key != "unreachable" {
                assert!(named.contains(&format!("wasm.{key}").as_str()), "{key}");
            }
        }
    }
}
