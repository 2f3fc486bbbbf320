//! Host functions: each called many times from a loop, against the same loop without the call.
//!
//! The calls go all the way: through the engine, the frame, the journal and the trie, and the
//! root of the state is brought up to date afterwards, so that a write's price covers its share
//! of that. Keys are random and different in every turn of the loop. Deep contexts use a contract
//! whose keys were chosen so that the path to one of them branches at every bit.

mod messages;
mod plain;
mod storage;

use std::cell::RefCell;
use std::fmt::Write as _;

use lockstep_abi::{AccountId, HOST_MODULE, HostFunction, ValueType};
use lockstep_gas_meter::Protocol;
use lockstep_vm::Status;

use super::bench::{Case, interleaved};
use super::item::{Care, Item, Observation};
use super::world::{KEEPER, World};
use super::{Effort, Noise};
use crate::problem::Failure;

/// Where the bytes that differ from turn to turn lie: keys, ids, salts.
const KEYS: u32 = 0;
/// Where fixed arguments lie.
const FIXED: u32 = 40_000;
/// Where values and outputs lie; there is room for 192 KiB.
const BUFFER: u32 = 65_536;

/// One host function in one context.
struct HostContext {
    item: usize,
    label: String,
    care: Care,
    units: f64,
    also: Vec<(String, f64)>,
    imports: Vec<HostFunction>,
    data: Vec<(u32, Vec<u8>)>,
    /// Runs once, in the comparison too.
    prologue: String,
    /// Runs in every turn, in which `$p` has moved on by `stride`.
    call: String,
    stride: u32,
    turns: u32,
    contract: AccountId,
    input: Vec<u8>,
}

/// What the per-unit price of an item is about.
#[derive(Clone, Copy)]
enum Unit {
    None,
    Input,
    Output,
}

/// The items of this file and their contexts.
#[derive(Default)]
struct HostContexts {
    items: Vec<Item>,
    contexts: Vec<HostContext>,
}

/// The path of one of a host function's prices.
fn path(function: HostFunction, field: &str) -> String {
    format!("host.{}.{field}", function.name())
}

impl HostContexts {
    /// A new item with the function's base price.
    fn item(&mut self, function: HostFunction, unit: Unit) {
        let unit = match unit {
            Unit::None => None,
            Unit::Input => Some(path(function, "per_input_byte")),
            Unit::Output => Some(path(function, "per_output_byte")),
        };
        let base = path(function, "base");
        self.items
            .push(Item::new(function.name(), Some(&base), unit.as_deref()));
    }

    /// A new item that is only about the price per byte out.
    fn output_item(&mut self, function: HostFunction) {
        let unit = path(function, "per_output_byte");
        let name = format!("{}, output", function.name());
        self.items.push(Item::new(name, None, Some(&unit)));
    }

    /// A context of the newest item.
    fn add(
        &mut self,
        function: HostFunction,
        label: impl Into<String>,
        turns: u32,
        call: impl Into<String>,
    ) -> &mut HostContext {
        self.contexts.push(HostContext {
            item: self.items.len() - 1,
            label: label.into(),
            care: Care::Ordinary,
            units: 0.0,
            also: vec![("wasm.call".to_owned(), 1.0)],
            imports: vec![function],
            data: Vec::new(),
            prologue: String::new(),
            call: call.into(),
            stride: 0,
            turns,
            contract: KEEPER,
            input: Vec::new(),
        });
        let newest = self.contexts.len() - 1;
        &mut self.contexts[newest]
    }
}

impl HostContext {
    fn hostile(&mut self) -> &mut Self {
        self.care = Care::Hostile;
        self
    }

    fn units(&mut self, units: u32) -> &mut Self {
        self.units = f64::from(units);
        self
    }

    fn also(&mut self, path: impl Into<String>, count: f64) -> &mut Self {
        self.also.push((path.into(), count));
        self
    }

    fn data(&mut self, at: u32, bytes: impl Into<Vec<u8>>) -> &mut Self {
        self.data.push((at, bytes.into()));
        self
    }

    /// Each turn's `$p` leads to another of these.
    fn keys<K: AsRef<[u8]>>(&mut self, keys: &[K]) -> &mut Self {
        let bytes: Vec<u8> = keys.iter().flat_map(|key| key.as_ref().to_vec()).collect();
        self.stride = keys.first().map_or(0, |key| key.as_ref().len() as u32);
        self.turns = self.turns.min(keys.len() as u32);
        self.data(KEYS, bytes)
    }

    /// On another contract's storage.
    fn on(&mut self, contract: AccountId) -> &mut Self {
        self.contract = contract;
        self
    }

    /// The module, with the calls or without.
    fn text(&self, turns: u32, with_calls: bool) -> String {
        let mut text = String::from("(module\n");
        for function in &self.imports {
            text.push_str(&import(*function));
        }
        text.push_str("(memory 4)\n");
        for (at, bytes) in &self.data {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "(data (i32.const {at}) \"{}\")", escaped(bytes));
        }
        let call = if with_calls { self.call.as_str() } else { "" };
        let _ = write!(
            text,
            "(func (export \"run\") (local $p i32) (local $n i32)\n{prologue}\n\
             (local.set $n (i32.const {turns}))\n(loop $again\n{call}\n\
             (local.set $p (i32.add (local.get $p) (i32.const {stride})))\n\
             (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))\n",
            prologue = self.prologue,
            stride = self.stride,
        );
        text
    }
}

/// A host function's import, under its own name.
pub(crate) fn import(function: HostFunction) -> String {
    let show = |ty: &ValueType| match ty {
        ValueType::I32 => "i32 ",
        ValueType::I64 => "i64 ",
    };
    let signature = function.signature();
    let params: String = signature.params.iter().map(show).collect();
    let result = signature.result.as_ref().map_or("", show);
    let name = function.name();
    format!(
        "(import \"{HOST_MODULE}\" \"{name}\" (func ${name} (param {params}) (result {result})))\n"
    )
}

/// Bytes as a string of the text format.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\{byte:02x}");
    }
    text
}

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
    for chunk in contexts.chunks(CASES_AT_ONCE) {
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
        let times = interleaved(&mut cases, effort.rounds)?;
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
            assert!(price.per_input_byte == 0 || named("per_input_byte"), "{}", function.name());
            assert!(price.per_output_byte == 0 || named("per_output_byte"), "{}", function.name());
        }
    }
}
