//! One host function in one context, and the module that calls it.

use std::fmt::Write as _;

use lockstep_abi::{AccountId, HOST_MODULE, HostFunction, ValueType};

use crate::calibrate::item::{Care, Item};
use crate::calibrate::world::KEEPER;

/// Where the bytes that differ from turn to turn lie: keys, ids, salts.
pub(super) const KEYS: u32 = 0;
/// Where fixed arguments lie.
pub(super) const FIXED: u32 = 40_000;
/// Where values and outputs lie; there is room for 192 KiB.
pub(super) const BUFFER: u32 = 65_536;
/// An odd number of lines of 64 bytes: in steps of it all lines of 8 MiB are visited, each in
/// another page than the one before.
const SCATTER: u32 = 1537 * 64;

/// The pages of a memory of 8 MiB.
const WIDE_PAGES: u32 = 128;

/// One host function in one context.
pub(super) struct HostContext {
    pub(super) item: usize,
    pub(super) label: String,
    pub(super) care: Care,
    pub(super) units: f64,
    pub(super) also: Vec<(String, f64)>,
    pub(super) imports: Vec<HostFunction>,
    pub(super) data: Vec<(u32, Vec<u8>)>,
    /// Runs once, in the comparison too.
    pub(super) prologue: String,
    /// Runs in every turn, in which `$p` has moved on by `stride`.
    pub(super) call: String,
    pub(super) stride: u32,
    /// The pages of the memory. In one of [`WIDE_PAGES`], `$p` stays within it and goes to another
    /// line of 64 bytes in every turn.
    pub(super) pages: u32,
    /// Whether it takes turns with its own comparison only: what it leaves in caches and in the
    /// heap would count as work of others.
    pub(super) alone: bool,
    pub(super) turns: u32,
    pub(super) contract: AccountId,
    pub(super) input: Vec<u8>,
}

/// What the per-unit price of an item is about.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    None,
    Input,
    Output,
}

/// The items of this file and their contexts.
#[derive(Default)]
pub(super) struct HostContexts {
    pub(super) items: Vec<Item>,
    pub(super) contexts: Vec<HostContext>,
}

/// The path of one of a host function's prices.
pub(super) fn path(function: HostFunction, field: &str) -> String {
    format!("host.{}.{field}", function.name())
}

impl HostContexts {
    /// A new item with the function's base price.
    pub(super) fn item(&mut self, function: HostFunction, unit: Unit) {
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
    pub(super) fn output_item(&mut self, function: HostFunction) {
        let unit = path(function, "per_output_byte");
        let name = format!("{}, output", function.name());
        self.items.push(Item::new(name, None, Some(&unit)));
    }

    /// A context of the newest item.
    pub(super) fn add(
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
            pages: 4,
            alone: false,
            turns,
            contract: KEEPER,
            input: Vec::new(),
        });
        let newest = self.contexts.len() - 1;
        &mut self.contexts[newest]
    }
}

impl HostContext {
    pub(super) fn hostile(&mut self) -> &mut Self {
        self.care = Care::Hostile;
        self
    }

    pub(super) fn units(&mut self, units: u32) -> &mut Self {
        self.units = f64::from(units);
        self
    }

    pub(super) fn also(&mut self, path: impl Into<String>, count: f64) -> &mut Self {
        self.also.push((path.into(), count));
        self
    }

    pub(super) fn data(&mut self, at: u32, bytes: impl Into<Vec<u8>>) -> &mut Self {
        self.data.push((at, bytes.into()));
        self
    }

    /// Each turn's `$p` leads to another of these.
    pub(super) fn keys<K: AsRef<[u8]>>(&mut self, keys: &[K]) -> &mut Self {
        let bytes: Vec<u8> = keys.iter().flat_map(|key| key.as_ref().to_vec()).collect();
        self.stride = keys.first().map_or(0, |key| key.as_ref().len() as u32);
        self.turns = self.turns.min(keys.len() as u32);
        self.data(KEYS, bytes)
    }

    /// Not in turn with other contexts.
    pub(super) fn alone(&mut self) -> &mut Self {
        self.alone = true;
        self
    }

    /// In a memory of 8 MiB that has been written to, at another place of it in every turn.
    pub(super) fn wide(&mut self) -> &mut Self {
        self.pages = WIDE_PAGES;
        self.stride = SCATTER;
        let touch = "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x800000))";
        self.prologue = format!("{touch} {}", self.prologue);
        self
    }

    /// On another contract's storage.
    pub(super) fn on(&mut self, contract: AccountId) -> &mut Self {
        self.contract = contract;
        self
    }

    /// The module, with the calls or without.
    pub(super) fn text(&self, turns: u32, with_calls: bool) -> String {
        let mut text = String::from("(module\n");
        for function in &self.imports {
            text.push_str(&import(*function));
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "(memory {})", self.pages);
        for (at, bytes) in &self.data {
            let _ = writeln!(text, "(data (i32.const {at}) \"{}\")", escaped(bytes));
        }
        let call = if with_calls { self.call.as_str() } else { "" };
        let within = match self.pages {
            WIDE_PAGES => "(local.set $p (i32.and (local.get $p) (i32.const 0x7fffc0)))",
            _ => "",
        };
        let _ = write!(
            text,
            "(func (export \"run\") (local $p i32) (local $n i32)\n{prologue}\n\
             (local.set $n (i32.const {turns}))\n(loop $again\n{call}\n\
             (local.set $p (i32.add (local.get $p) (i32.const {stride}))) {within}\n\
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
