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
/// accepted, and each exported function ends alike in new instances, with the same gas, memory and
/// mutable globals. With one gas less than it takes, neither comes to its end. `Ok(true)` means
/// that both are accepted.
///
/// # Errors
/// What differs.
pub fn padded_is_plain(bytes: &[u8], pass: Pass<'_>) -> Result<bool, Finding> {
    let longer = padded(bytes).ok_or("the module cannot be padded")?;
    let (plain, padded) = (outcomes(pass(bytes))?, outcomes(pass(&longer))?);
    match plain == padded {
        true => Ok(plain.is_ok()),
        false => Err(difference(&format!("{plain:?}"), &format!("{padded:?}"))),
    }
}

/// Both texts from shortly before the first byte in which they differ.
fn difference(plain: &str, padded: &str) -> Finding {
    let mut pairs = plain.bytes().zip(padded.bytes());
    let at = pairs.position(|(one, other)| one != other).unwrap_or(0);
    let shown = |text: &str| -> String {
        let rest = text.chars().skip(at.saturating_sub(100));
        rest.take(300).collect()
    };
    format!("plain {}, padded {}", shown(plain), shown(padded))
}

/// A call in a new instance.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    /// What it came to.
    outcome: Result<Outcome, Stop>,
    /// The memory behind it.
    memory: Vec<u8>,
    /// The index and the value of each mutable global behind it.
    globals: Vec<(u32, u64)>,
}

impl Ended {
    /// Leaves out what nobody sees of a call that ran out of gas: what it did is undone, and how far it
    /// ran unpaid goes by the instrumented code, in which loops that are long in bytes are not
    /// copied. For the same reason a call with too little gas may come to the end of its gas or to
    /// a trap.
    fn seen(mut self, has_too_little: bool) -> Ended {
        if let Ok(outcome) = &mut self.outcome {
            let stop = outcome.result.as_ref().err().copied();
            let is_trap = stop.is_some_and(|stop| stop != Stop::Host);
            if stop == Some(Stop::OutOfGas) || (has_too_little && is_trap) {
                outcome.result = Err(Stop::OutOfGas);
                self.memory.clear();
                self.globals.clear();
            }
        }
        self
    }
}

/// What instantiating a module costs and what its calls come to, or the reasons for which it is
/// refused.
type Outcomes = Result<(u64, Vec<Ended>), Vec<ViolationCode>>;

/// Calls the exported functions of a prepared module in order, each in a new instance: with ample gas,
/// and with too little.
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
        let call = |gas| {
            let instance = Metered::new(&engine, prepared.bytes(), ScriptedHost::new(HOST_PRICE));
            called(instance, &export.name, (&arguments, gas))
        };
        let ample = call(GAS);
        let tight = too_little(&ample.outcome);
        ended.push(ample.seen(false));
        ended.extend(tight.map(|gas| call(gas).seen(true)));
    }
    Ok(Ok((prepared.instantiation_gas(), ended)))
}

/// Calls a function of an instance with these arguments and so much gas.
fn called(instance: Result<Metered, Stop>, name: &str, (arguments, gas): (&[u64], i64)) -> Ended {
    match instance {
        Err(stop) => Ended {
            outcome: Err(stop),
            memory: Vec::new(),
            globals: Vec::new(),
        },
        Ok(mut instance) => Ended {
            outcome: Ok(instance.invoke(name, arguments, gas, STACK)),
            memory: instance.memory().to_vec(),
            globals: instance.mutable_globals(),
        },
    }
}

/// One gas less than a call took, and of one that trapped, which took everything, a half.
fn too_little(outcome: &Result<Outcome, Stop>) -> Option<i64> {
    let outcome = outcome.as_ref().ok()?;
    let taken = outcome.gas_left.map(|left| GAS - left - 1);
    Some(taken.unwrap_or(GAS / 2)).filter(|gas| *gas >= 0)
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

    use super::{
        Pass, both_are_refused, module_of, outcomes, padded_is_plain, prepared_is_refused,
    };
    use lockstep_reference::Stop;

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

    /// A pass that takes the longer of two encodings of `right` for another module.
    fn confusing(right: &str, wrong: &str) -> bool {
        let [right, wrong] = [right, wrong].map(|text| wat::parse_str(text).expect("a module"));
        let protocol = Protocol::v1();
        let judged = padded_is_plain(&right, &|bytes| match bytes.len() > right.len() {
            true => prepare(&wrong, &protocol),
            false => prepare(bytes, &protocol),
        });
        judged.is_err()
    }

    #[test]
    fn a_global_that_goes_by_the_encoding_is_found() {
        let global = |value: &str| {
            format!(
                "(module (global $g (mut i32) (i32.const 0))
                    (func (export \"run\") (global.set $g (i32.const {value}))))"
            )
        };
        assert!(!confusing(&global("1"), &global("1")));
        assert!(confusing(&global("1"), &global("2")));
    }

    #[test]
    fn each_call_is_repeated_with_too_little_gas_and_what_that_undoes_is_not_compared() {
        let store = |before: &str, behind: &str| {
            format!(
                "(module (memory 1)
                    (func $work (param i32) (loop $again
                        (br_if $again (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1))))))
                    (func (export \"run\") (param i32)
                        {before} (call $work (i32.add (local.get 0) (i32.const 999))) {behind}))"
            )
        };
        let stored = "(i32.store (i32.const 0) (i32.const 5))";
        let module = wat::parse_str(store(stored, "")).expect("a module");
        let outcomes = outcomes(prepare(&module, &Protocol::v1())).expect("no fault");
        let (_, ended) = outcomes.expect("it is accepted");
        let results = ended.iter().map(|ended| match &ended.outcome {
            Ok(outcome) => outcome.result.as_ref().err().copied(),
            Err(stop) => Some(*stop),
        });
        let results: Vec<Option<Stop>> = results.collect();
        assert_eq!(results, [None, Some(Stop::OutOfGas)]);
        assert!(!confusing(&store(stored, ""), &store("", stored)));
    }
}
