//! Other instrumenters: wasm-instrument with both back ends, and finite-wasm.
//!
//! All prices are 1, and what the injected code calls does nothing: the least that these forms can
//! cost.

use finite_wasm::wasmparser::{self, ValType, VisitOperator, VisitSimdOperator};
use finite_wasm::{Fee, max_stack::SizeConfig, prefix_sum_vec::PrefixSumVec};
use wasm_instrument::gas_metering::{self, ConstantCostRules, host_function, mutable_global};
use wasm_instrument::parity_wasm::elements::Module;

use crate::measure::Case;
use crate::{on_wasmi, on_wasmtime};

/// The export of wasm-instrument's counter.
const COUNTER: &str = "gas";

/// A case without a counter: its column, its module and its argument.
type Plain = fn(&'static str, &[u8], u32) -> Case<'static>;
/// A case with a counter, which is exported under the name in the third place.
type WithGlobal = fn(&'static str, &[u8], &str, u32) -> Case<'static>;

/// The cases on wasmi.
pub fn on_wasmi(code: &[u8], argument: u32) -> Vec<Case<'static>> {
    cases(code, argument, (on_wasmi::plain, on_wasmi::with_global))
}

/// The cases on Wasmtime.
pub fn on_wasmtime(code: &[u8], argument: u32) -> Vec<Case<'static>> {
    cases(
        code,
        argument,
        (on_wasmtime::plain, on_wasmtime::with_global),
    )
}

/// The cases that can be built: parity-wasm, with which wasm-instrument reads modules, does not
/// know bulk memory.
fn cases(
    code: &[u8],
    argument: u32,
    (plain, with_global): (Plain, WithGlobal),
) -> Vec<Case<'static>> {
    let global = wasm_instrument_global(code)
        .map(|code| with_global("wasm-instrument global", &code, COUNTER, argument));
    let host =
        wasm_instrument_host(code).map(|code| plain("wasm-instrument host", &code, argument));
    let finite = finite_wasm(code).map(|code| plain("finite-wasm", &code, argument));
    [global, host, finite].into_iter().flatten().collect()
}

/// wasm-instrument with its counter in a global.
pub fn wasm_instrument_global(code: &[u8]) -> Option<Vec<u8>> {
    let module = Module::from_bytes(code).ok()?;
    let backend = mutable_global::Injector::new(COUNTER);
    let module = gas_metering::inject(module, backend, &ConstantCostRules::default());
    module.ok()?.into_bytes().ok()
}

/// wasm-instrument with a host function that is called to charge.
pub fn wasm_instrument_host(code: &[u8]) -> Option<Vec<u8>> {
    let module = Module::from_bytes(code).ok()?;
    let backend = host_function::Injector::new("env", "gas");
    let module = gas_metering::inject(module, backend, &ConstantCostRules::default());
    module.ok()?.into_bytes().ok()
}

/// finite-wasm with its own instrumenter.
pub fn finite_wasm(code: &[u8]) -> Option<Vec<u8>> {
    let analysis = finite_wasm::Analysis::new()
        .with_stack(StackSizes)
        .with_gas(OneEach)
        .analyze(code);
    analysis.ok()?.instrument("env", code).ok()
}

/// Eight bytes per value and per local.
struct StackSizes;

impl SizeConfig for StackSizes {
    fn size_of_value(&self, _: ValType) -> u8 {
        8
    }

    fn size_of_function_activation(&self, locals: &PrefixSumVec<ValType, u32>) -> u64 {
        locals
            .max_index()
            .map_or(0, |last| 8 * (u64::from(*last) + 1))
    }
}

/// One gas for each operator, `else` and `end` apart, which have to be free.
struct OneEach;

macro_rules! fee {
    (visit_else) => {
        Fee::ZERO
    };
    (visit_end) => {
        Fee::ZERO
    };
    ($visit:ident) => {
        Fee::constant(1)
    };
}

macro_rules! one_each {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(fn $visit(&mut self $($(, _: $argty)*)?) -> Fee {
            fee!($visit)
        })*
    };
}

impl<'a> VisitOperator<'a> for OneEach {
    type Output = Fee;

    wasmparser::for_each_visit_operator!(one_each);

    fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = Fee>> {
        Some(self)
    }
}

impl VisitSimdOperator<'_> for OneEach {
    wasmparser::for_each_visit_simd_operator!(one_each);
}
