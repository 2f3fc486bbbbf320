//! Other instrumenters: wasm-instrument with both back ends, and finite-wasm.
//!
//! All prices are 1, and what the injected code calls does nothing: the least that these forms can
//! cost.

use finite_wasm::wasmparser::{self, ValType, VisitOperator, VisitSimdOperator};
use finite_wasm::{Fee, max_stack::SizeConfig, prefix_sum_vec::PrefixSumVec};
use wasm_instrument::gas_metering::{self, ConstantCostRules, host_function, mutable_global};
use wasm_instrument::parity_wasm::elements::Module;

use crate::measure::Case;
use crate::on_wasmi::{plain, with_global};

/// The export of wasm-instrument's counter.
const COUNTER: &str = "gas";

/// The cases that can be built: parity-wasm, with which wasm-instrument reads modules, does not
/// know bulk memory.
pub fn on_wasmi(code: &[u8], argument: u32) -> Vec<Case<'static>> {
    let mut cases = Vec::new();
    if let Some(code) = wasm_instrument_global(code) {
        cases.push(with_global(
            "wasm-instrument global",
            &code,
            COUNTER,
            argument,
        ));
    }
    if let Some(code) = wasm_instrument_host(code) {
        cases.push(plain("wasm-instrument host", &code, argument));
    }
    if let Some(code) = finite_wasm(code) {
        cases.push(plain("finite-wasm", &code, argument));
    }
    cases
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

/// One gas for each operator.
struct OneEach;

macro_rules! one_each {
    ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
        $(fn $visit(&mut self $($(, _: $argty)*)?) -> Fee {
            Fee::constant(1)
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
