//! Faults in the metering pass: wrong prices, renumbered globals, a wrong policy, and prices that
//! depend on the encoding. The pass itself is run with other prices or on another module, or its
//! answer is changed.

use lockstep_gas_meter::{
    Limits, PrepareError, PreparedModule, Protocol, ViolationCode, WasmPrices, prepare,
};
use lockstep_tests::{
    Coverage, Metered, ScriptedHost, Subject, check_exact, distinct_prices, subset_reasons,
};

use super::{Fault, Hunter, Verdict};
use crate::control_flow::module;
use crate::control_flow::print::print;
use crate::generators::Rng;
use crate::numeric::numeric_module;
use crate::oracles::Finding;
use crate::rewritten::{module_of, padded_is_plain};

/// Gas for the judge of exactness; enough for thousands of operators at its prices.
const GAS: i64 = 150_000;
/// The gas of a host call there.
const HOST_PRICE: u32 = 5;

/// The faults of this file.
pub fn faults() -> Vec<Fault> {
    vec![
        fault(
            "memory-grow-free",
            "pages that `memory.grow` asks for cost nothing",
            ("gas = reference", 5_000),
            |seed, planted| exactness(seed, planted, |prices| prices.memory_grow_per_page = 0),
        ),
        fault(
            "br-table-mispriced",
            "`br_table` costs one gas less",
            ("gas = reference", 5_000),
            |seed, planted| exactness(seed, planted, |prices| prices.branch_table -= 1),
        ),
        fault(
            "locals-free",
            "declared locals cost nothing",
            ("gas = reference", 5_000),
            |seed, planted| exactness(seed, planted, |prices| prices.per_local = 0),
        ),
        fault(
            "bulk-bytes-free",
            "the bytes of bulk operations cost nothing",
            ("gas = reference", 5_000),
            |seed, planted| exactness(seed, planted, |prices| prices.bulk_per_byte = 0),
        ),
        fault(
            "renumbered-global",
            "two globals change places, wherever they are used",
            ("globals = reference", 5_000),
            renumbered,
        ),
        fault(
            "float-let-through",
            "the policy accepts `f32.copysign`",
            ("policy = scan", 5_000),
            policy,
        ),
        fault(
            "gas-by-encoding",
            "a constant costs one more when the module has an odd length",
            ("padded = plain", 500),
            padding,
        ),
    ]
}

fn fault(
    name: &'static str,
    about: &'static str,
    (oracle, budget): (&'static str, u64),
    hunter: fn(u64, bool) -> Hunter,
) -> Fault {
    Fault {
        name,
        about,
        oracle,
        budget,
        hunter,
    }
}

/// Compares the gas of generated modules, prepared with wrong prices, with the reference.
fn exactness(seed: u64, planted: bool, wrong: fn(&mut WasmPrices)) -> Hunter {
    let right = distinct_prices(Limits::v1().memory_pages_max);
    let mut charged = right.clone();
    if planted {
        wrong(&mut charged.schedule.wasm);
    }
    beside_reference(seed, right, move |text| {
        prepare(&binary(text), &charged).expect("generated modules are accepted")
    })
}

/// Compares generated modules whose two globals may have changed places with the reference. All that
/// code does is the same then; only what stands in which global at the end is not.
fn renumbered(seed: u64, planted: bool) -> Hunter {
    let protocol = distinct_prices(Limits::v1().memory_pages_max);
    let right = protocol.clone();
    beside_reference(seed, right, move |text| {
        let bytes = match planted {
            true => binary(&with_globals_exchanged(text)),
            false => binary(text),
        };
        prepare(&bytes, &protocol).expect("generated modules are accepted")
    })
}

/// Compares generated modules, as `pass` prepares their text, with the reference under `right`.
fn beside_reference(
    seed: u64,
    right: Protocol,
    pass: impl Fn(&str) -> PreparedModule + 'static,
) -> Hunter {
    let engine = Metered::engine();
    let mut next = seed;
    Box::new(move || {
        let text = print(&module(next));
        next = next.wrapping_add(1);
        let host = ScriptedHost::new(HOST_PRICE);
        let prepared = pass(&text);
        let subject = Subject::new(&engine, &binary(&text), &prepared, &right, &host);
        let judged = check_exact(&subject, GAS, next, &mut Coverage::default());
        Verdict::of(judged.map_err(|disagreement| disagreement.to_string()))
    })
}

fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("generated modules are well formed")
}

/// The text with the declaration of its first global behind that of its second; code names them.
fn with_globals_exchanged(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| line.contains("(global $g0 "));
    let first = first.expect("every generated module has two globals");
    lines.swap(first, first + 1);
    lines.join("\n")
}

/// Compares whether modules with one operator are accepted with what an independent scan says.
fn policy(seed: u64, planted: bool) -> Hunter {
    let mut rng = Rng::new(seed);
    let protocol = Protocol::v1();
    Box::new(move || {
        let bytes = numeric_module(&mut rng);
        let accepted = match prepare(&bytes, &protocol) {
            Ok(_) => true,
            Err(PrepareError::Refused(refusal)) => {
                let copysign = bytes.contains(&F32_COPYSIGN);
                let mut codes = refusal.violations.iter().map(|violation| violation.code);
                planted && copysign && codes.all(|code| code == ViolationCode::FloatOperator)
            }
            Err(PrepareError::Internal(error)) => return Verdict::of::<()>(Err(error.to_string())),
        };
        Verdict::of(same_verdict(&bytes, accepted, &protocol))
    })
}

/// The opcode of `f32.copysign`.
const F32_COPYSIGN: u8 = 0x98;

fn same_verdict(bytes: &[u8], accepted: bool, protocol: &Protocol) -> Result<(), Finding> {
    let scanned = subset_reasons(bytes, &protocol.limits).map_err(|error| error.to_string())?;
    match scanned.expected.is_empty() == accepted {
        true => Ok(()),
        false => Err(format!(
            "accepted: {accepted}, and the scan finds {:?}",
            scanned.expected
        )),
    }
}

/// Compares a module with the same module whose numbers are padded.
fn padding(seed: u64, planted: bool) -> Hunter {
    let mut next = seed;
    Box::new(move || {
        let bytes = module_of(next);
        next = next.wrapping_add(1);
        Verdict::of(padded_is_plain(&bytes, &|bytes| pass(bytes, planted)))
    })
}

/// The pass, or one that looks at the length of the encoding.
fn pass(bytes: &[u8], planted: bool) -> Result<PreparedModule, PrepareError> {
    let mut protocol = distinct_prices(Limits::v1().memory_pages_max);
    if planted && bytes.len() % 2 == 1 {
        protocol.schedule.wasm.constant += 1;
    }
    prepare(bytes, &protocol)
}
