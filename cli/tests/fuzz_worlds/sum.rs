//! A contract with invariants, one of which can be broken, and a scenario that makes it.

use std::fmt::Write as _;

use lockstep_abi::{ABI_SECTION_NAME, ABI_VERSION, ContractAbi, Field, Method, MethodKind, Type};
use parity_scale_codec::Encode;

/// A scenario that makes the contract of the file `sum.wat`.
pub(crate) const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "sum"
[accounts]
alice = 1_000_000_000_000
bob = 1_000_000_000_000
[code]
sum = "sum.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "sum"
[[block.transaction]]
from = "alice"
instantiate = "sum"
as = "sum"
"#;

/// A contract that keeps a sum. `add` adds, and `double`, which should refuse large sums, does not.
const CONTRACT: &str = r#"
  (import "lockstep" "input_read" (func $input_read (param i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (import "lockstep" "storage_read" (func $storage_read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $storage_write (param i32 i32 i32 i32)))
  (memory 1)
  (data (i32.const 0) "s")
  (func $sum (result i64)
    (drop (call $storage_read (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)))
    (i64.load (i32.const 16)))
  (func $keep (param $sum i64)
    (i64.store (i32.const 16) (local.get $sum))
    (call $storage_write (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8)))
  (func $give (param $truth i32)
    (i32.store8 (i32.const 32) (local.get $truth))
    (call $return (i32.const 32) (i32.const 1)))
  (func (export "add")
    (call $input_read (i32.const 24) (i32.const 0) (i32.const 1))
    (call $keep (i64.add (call $sum) (i64.load8_u (i32.const 24)))))
  (func (export "double") (call $keep (i64.mul (call $sum) (i64.const 2))))
  (func (export "clear") (call $keep (i64.const 0)))
  (func (export "sum_is_small") (call $give (i64.lt_u (call $sum) (i64.const 600))))
  (func (export "sum_is_a_number") (call $give (i32.const 1)))
  (func (export "sum_is_two") (call $give (i32.const 2)))
  (func (export "sum_is_counted_forever") (loop (br 0)))
"#;

pub(crate) fn invariant(name: &str) -> Method {
    Method {
        kind: MethodKind::Invariant,
        mutates: false,
        ..method(name, &[], Type::Bool)
    }
}

pub(crate) fn method(name: &str, params: &[(&str, Type)], output: Type) -> Method {
    let params = params.iter().map(|(name, ty)| Field {
        name: (*name).to_string(),
        ty: ty.clone(),
    });
    Method {
        name: name.to_string(),
        docs: String::new(),
        kind: MethodKind::Call,
        mutates: true,
        payable: false,
        params: params.collect(),
        output,
        error: None,
    }
}

/// The contract with an ABI, of which only `invariants` are invariants. It exports no others.
pub(crate) fn module(invariants: &[&str]) -> String {
    let mut methods = vec![
        method("add", &[("amount", Type::U8)], Type::Unit),
        method("double", &[], Type::Unit),
        method("clear", &[], Type::Unit),
    ];
    methods.extend(invariants.iter().map(|name| invariant(name)));
    let is_left = |line: &&str| {
        let name = line.trim_start().strip_prefix("(func (export \"sum_");
        let name = name.and_then(|rest| rest.split('"').next());
        name.is_none_or(|name| invariants.contains(&&*format!("sum_{name}")))
    };
    let code: Vec<&str> = CONTRACT.lines().filter(is_left).collect();
    with_abi(&code.join("\n"), methods)
}

/// The contract with an ABI of these methods.
pub(crate) fn module_of(methods: Vec<Method>) -> String {
    with_abi(CONTRACT, methods)
}

/// A module with this code and an ABI of these methods.
pub(crate) fn with_abi(code: &str, methods: Vec<Method>) -> String {
    let abi = ContractAbi {
        name: "Sum".to_string(),
        docs: String::new(),
        methods,
        events: Vec::new(),
    };
    let mut content = String::new();
    for byte in [vec![ABI_VERSION], abi.encode()].concat() {
        write!(content, "\\{byte:02x}").expect("text grows");
    }
    format!("(module {code} (@custom \"{ABI_SECTION_NAME}\" \"{content}\"))")
}
