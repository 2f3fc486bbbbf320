//! Contracts as WAT, written from a list of host calls.

use std::collections::BTreeSet;
use std::fmt::Write;

use lockstep_abi::{HostFunction, ValueType};

/// Where scripts put results that they return.
pub(crate) const OUT: u32 = 0x8000;

/// The end of the one page that scripts have.
pub(crate) const END: u32 = 0x1_0000;

/// A contract with one page of memory and straight-line methods.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    imports: BTreeSet<HostFunction>,
    data: String,
    methods: Vec<(String, String)>,
}

/// A function's import, under its own name.
pub(crate) fn import(function: HostFunction) -> String {
    let name = |ty: &ValueType| match ty {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    };
    let signature = function.signature();
    let mut text = format!("(import \"lockstep\" \"{0}\" (func ${0}", function.name());
    for param in signature.params {
        write!(text, " (param {})", name(param)).unwrap();
    }
    if let Some(result) = &signature.result {
        write!(text, " (result {})", name(result)).unwrap();
    }
    text + "))\n"
}

impl Script {
    /// A contract with one method, `main`.
    pub(crate) fn new() -> Script {
        let mut script = Script::default();
        script.methods.push(("main".to_owned(), String::new()));
        script
    }

    /// Goes on with another method.
    pub(crate) fn method(mut self, name: &str) -> Script {
        self.methods.push((name.to_owned(), String::new()));
        self
    }

    /// Puts bytes into the initial memory.
    pub(crate) fn data(mut self, address: u32, bytes: &[u8]) -> Script {
        let mut text = String::new();
        for byte in bytes {
            write!(text, "\\{byte:02x}").unwrap();
        }
        writeln!(self.data, "(data (i32.const {address}) \"{text}\")").unwrap();
        self
    }

    /// Adds WAT to the method.
    pub(crate) fn wat_line(mut self, text: &str) -> Script {
        let body = &mut self.methods.last_mut().unwrap().1;
        writeln!(body, "{text}").unwrap();
        self
    }

    /// Pushes the arguments and calls, leaving the result on the stack.
    fn push_call(mut self, function: HostFunction, args: &[u64]) -> Script {
        self.imports.insert(function);
        let params = function.signature().params;
        assert_eq!(params.len(), args.len(), "{function:?}");
        let mut text = String::new();
        for (param, arg) in params.iter().zip(args) {
            match param {
                ValueType::I32 => writeln!(text, "i32.const {}", *arg as u32 as i32).unwrap(),
                ValueType::I64 => writeln!(text, "i64.const {}", *arg as i64).unwrap(),
            }
        }
        self.wat_line(&format!("{text}call ${}", function.name()))
    }

    /// Calls a host function without a result, whose arguments are on the stack.
    pub(crate) fn wat_call(mut self, function: HostFunction) -> Script {
        self.imports.insert(function);
        self.wat_line(&format!("call ${}", function.name()))
    }

    /// Calls a host function and drops its result.
    pub(crate) fn call(self, function: HostFunction, args: &[u64]) -> Script {
        let script = self.push_call(function, args);
        match function.signature().result {
            Some(_) => script.wat_line("drop"),
            None => script,
        }
    }

    /// Calls a host function and keeps its result as a little-endian u64 at an address.
    pub(crate) fn keep(self, function: HostFunction, args: &[u64], address: u32) -> Script {
        let extend = match function
            .signature()
            .result
            .expect("a function with a result")
        {
            ValueType::I32 => "i64.extend_i32_s",
            ValueType::I64 => "",
        };
        self.wat_line(&format!("i32.const {address}"))
            .push_call(function, args)
            .wat_line(&format!("{extend} i64.store"))
    }

    /// Ends the method with a part of the memory as output.
    pub(crate) fn give(self, address: u32, length: u32) -> Script {
        self.call(HostFunction::Return, &[address.into(), length.into()])
    }

    /// Calls a host function and ends the method with its result.
    pub(crate) fn give_result(self, function: HostFunction, args: &[u64]) -> Script {
        self.keep(function, args, OUT).give(OUT, 8)
    }

    /// The module.
    pub(crate) fn wat(&self) -> String {
        let mut text = "(module\n".to_owned();
        for function in &self.imports {
            text.push_str(&import(*function));
        }
        text.push_str("(memory (export \"memory\") 1)\n");
        text.push_str(&self.data);
        for (name, body) in &self.methods {
            writeln!(text, "(func (export \"{name}\")\n{body})").unwrap();
        }
        text + ")"
    }
}
