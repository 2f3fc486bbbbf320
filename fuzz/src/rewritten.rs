//! Modules that were written anew: with padded numbers, or by the metering pass itself.
//!
//! Padding a number changes bytes and nothing that they say, so the pass must make the same of both
//! ([`padded_is_plain`]). What the pass has made is no input: it would be charged for its own charges,
//! and its counters would be within reach ([`prepared_is_refused`]). Each judge takes the pass, so that
//! a wrong one can be judged, too.

use lockstep_cli::padded;
use lockstep_gas_meter::{
    ExportKind, PrepareError, PreparedModule, Protocol, ViolationCode, prepare, prepare_with_probes,
};
use lockstep_reference::Stop;
use lockstep_tests::{Metered, Outcome, ScriptedHost, generate};

use crate::control_flow::print::print;
use crate::control_flow::{module, recursive_module};
use crate::oracles::Finding;

/// Gas for a call: enough for thousands of operators.
const GAS: i64 = 150_000;
/// Stack slots for a call.
const STACK: u32 = 1_500;
/// The gas of a host call.
const HOST_PRICE: u32 = 5;
/// Every argument of a call.
const ARGUMENT: u64 = 3;

/// A metering pass.
pub type Pass<'a> = &'a dyn Fn(&[u8]) -> Result<PreparedModule, PrepareError>;

/// The module of a seed in the binary format: one with random control flow, one with recursion, or one
/// of `wasm-smith`. Nearly all are accepted.
pub fn module_of(seed: u64) -> Vec<u8> {
    let text = match seed % 4 {
        0 => return generate(seed / 4),
        1 => print(&recursive_module(seed)),
        _ => print(&module(seed)),
    };
    wat::parse_str(text).expect("generated modules are well formed")
}

/// A module and the same with padded numbers come to the same: refused for the same reasons, or
/// accepted, and each exported function ends alike in new instances, with the same gas. `Ok(true)`
/// means that both are accepted.
///
/// # Errors
/// What differs.
pub fn padded_is_plain(bytes: &[u8], pass: Pass<'_>) -> Result<bool, Finding> {
    let longer = padded(bytes).ok_or("the module cannot be padded")?;
    let (plain, padded) = (outcomes(pass(bytes))?, outcomes(pass(&longer))?);
    match plain == padded {
        true => Ok(plain.is_ok()),
        false => Err(format!("plain {plain:.300?}, padded {padded:.300?}")),
    }
}

/// What a call came to, and the memory behind it.
type Ended = (Result<Outcome, Stop>, Vec<u8>);
/// What instantiating a module costs and what its calls come to, or the reasons for which it is refused.
type Outcomes = Result<(u64, Vec<Ended>), Vec<ViolationCode>>;

/// Calls the exported functions of a prepared module in order, each in a new instance.
fn outcomes(prepared: Result<PreparedModule, PrepareError>) -> Result<Outcomes, Finding> {
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(PrepareError::Refused(refusal)) => {
            let codes = refusal.violations.iter().map(|violation| violation.code);
            return Ok(Err(codes.collect()));
        }
        Err(PrepareError::Internal(error)) => return Err(error.to_string()),
    };
    let engine = Metered::engine();
    let mut ended = Vec::new();
    for export in prepared.exports() {
        let ExportKind::Function { function_type, .. } = &export.kind else {
            continue;
        };
        let arguments = vec![ARGUMENT; function_type.params.len()];
        let host = ScriptedHost::new(HOST_PRICE);
        ended.push(match Metered::new(&engine, prepared.bytes(), host) {
            Err(stop) => (Err(stop), Vec::new()),
            Ok(mut instance) => {
                let outcome = instance.invoke(&export.name, &arguments, GAS, STACK);
                (Ok(outcome), instance.memory().to_vec())
            }
        });
    }
    Ok(Ok((prepared.instantiation_gas(), ended)))
}

/// What the pass made of a module is refused as an input.
///
/// # Errors
/// What came of it instead.
pub fn prepared_is_refused(module: &PreparedModule, pass: Pass<'_>) -> Result<(), Finding> {
    match pass(module.bytes()) {
        Err(PrepareError::Refused(_)) => Ok(()),
        Err(PrepareError::Internal(error)) => Err(error.to_string()),
        Ok(_) => Err("a prepared module was accepted as an input".to_string()),
    }
}

/// What the pass makes of a seed's module, with probes and without, is refused by both.
pub(crate) fn prepared_twice(seed: u64) -> Result<bool, Finding> {
    let protocol = Protocol::v1();
    let passes: [Pass<'_>; 2] = [&|bytes| prepare(bytes, &protocol), &|bytes| {
        prepare_with_probes(bytes, &protocol)
    }];
    both_are_refused(&module_of(seed), passes)
}

/// The two passes refuse a module for the same reasons, or what each makes of it is refused by both.
/// `Ok(true)` means that they accept it.
///
/// # Errors
/// What came of it instead.
fn both_are_refused(bytes: &[u8], passes: [Pass<'_>; 2]) -> Result<bool, Finding> {
    let modules = match passes.map(|first| first(bytes)) {
        [Ok(plain), Ok(probed)] => [plain, probed],
        [
            Err(PrepareError::Refused(plain)),
            Err(PrepareError::Refused(probed)),
        ] if plain == probed => {
            return Ok(false);
        }
        [plain, probed] => {
            let [plain, probed] = [plain, probed].map(|made| made.err());
            return Err(format!("without probes {plain:?}, with probes {probed:?}"));
        }
    };
    for module in &modules {
        for second in passes {
            prepared_is_refused(module, second)?;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use lockstep_gas_meter::{Protocol, prepare, prepare_with_probes};

    use super::{Pass, both_are_refused, module_of, padded_is_plain, prepared_is_refused};

    #[test]
    fn a_pass_that_takes_what_it_made_is_found() {
        let module = module_of(2);
        let prepared = prepare(&module, &Protocol::v1()).expect("it is accepted");
        let judged = prepared_is_refused(&prepared, &|_| prepare(&module, &Protocol::v1()));
        assert!(judged.is_err());
        let right = prepared_is_refused(&prepared, &|bytes| prepare(bytes, &Protocol::v1()));
        assert_eq!(right, Ok(()));
    }

    #[test]
    fn a_pass_that_refuses_in_one_way_alone_is_found() {
        let module = module_of(2);
        let protocol = Protocol::v1();
        let plain: Pass<'_> = &|bytes| prepare(bytes, &protocol);
        let probed: Pass<'_> = &|bytes| prepare_with_probes(bytes, &protocol);
        assert_eq!(both_are_refused(&module, [plain, probed]), Ok(true));
        assert_eq!(both_are_refused(b"no module", [plain, probed]), Ok(false));
        let refuses: Pass<'_> = &|_| prepare(b"no module", &protocol);
        assert!(both_are_refused(&module, [plain, refuses]).is_err());
        assert!(both_are_refused(&module, [refuses, probed]).is_err());
    }

    #[test]
    fn a_pass_that_goes_by_the_encoding_is_found() {
        let module = module_of(2);
        let length = module.len();
        let judged = padded_is_plain(&module, &|bytes| {
            let mut protocol = Protocol::v1();
            protocol.schedule.wasm.constant += u64::from(bytes.len() > length);
            prepare(bytes, &protocol)
        });
        assert!(judged.is_err());
    }
}
