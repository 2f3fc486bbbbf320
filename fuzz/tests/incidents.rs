//! The corpus of incidents comes to what its files state: in the reference interpreter, in the
//! instrumented code on wasmi with gas that is exact at every limit, and on every engine.

use lockstep_fuzz::engine_agreement::EngineJudge;
use lockstep_fuzz::incidents::{
    AMPLE_GAS, Expected, ExpectedCall, accepted, cut, expected_result, hold_engines, incidents,
    scenario_files,
};
use lockstep_fuzz::v8::V8Engine;
use lockstep_fuzz::wasm3::Wasm3Engine;
use lockstep_gas_meter::{PrepareError, Protocol, prepare};
use lockstep_reference::Stop;
use lockstep_tests::{Bounds, Coverage, Metered, ScriptedHost, Subject, check_exact};

/// Under prices that are some twelve times as high.
const HIGH_GAS: u64 = 12_000_000;
/// As many slots as the judge of engines gives.
const STACK: u32 = 1_500;
/// The gas of a host call, as in the judge of engines.
const HOST_PRICE: u32 = 5;

/// Makes one call with ample gas on wasmi and in the reference, and again at limits around and
/// below what it used. The two agree, or the call panics.
fn check_call(subject: &Subject, what: &str, call: &ExpectedCall) {
    let name = &call.call.name;
    let ty = subject.module().exported_function(name).expect(what);
    let arguments = cut(&ty.params, &call.call.arguments);
    let run = |gas: i64| {
        let mut pair = subject.pair().expect("it can be instantiated");
        let outcome = pair.invoke(name, &arguments, Bounds { gas, stack: STACK });
        let outcome = outcome.unwrap_or_else(|disagreement| panic!("{what}: {disagreement}"));
        (outcome, gas - pair.meter().gas_left)
    };
    let (outcome, used) = run(AMPLE_GAS.cast_signed());
    assert_eq!(
        outcome.result,
        expected_result(call, ty),
        "{what}: {call:?}"
    );
    if let Some(gas) = call.gas {
        assert_eq!(used, gas, "{what}: gas of {:?}", call.call);
    }
    if outcome.result.is_ok() {
        let (enough, _) = run(used);
        assert_eq!(enough.result, outcome.result, "{what}: {call:?}");
        let (short, _) = run(used - 1);
        // It is the host that cannot be paid when it has the last word.
        let out = [Err(Stop::OutOfGas), Err(Stop::Host)];
        assert!(out.contains(&short.result), "{what}: {call:?}: {short:?}");
    }
    for part in 0..16 {
        run(used.min(AMPLE_GAS.cast_signed()) * part / 16);
    }
}

#[test]
fn accepted_modules_come_to_what_they_state_with_exact_gas() {
    let host = ScriptedHost::new(HOST_PRICE);
    let engine = Metered::engine();
    let mut coverage = Coverage::default();
    let mut calls_made = 0;
    for (incident, calls) in accepted() {
        let what = &incident.file;
        let protocol = Protocol::v1();
        let subject = Subject::prepare(&engine, &incident.module, &protocol, &host);
        let subject = subject.unwrap_or_else(|error| panic!("{what}: {error}"));
        for call in &calls {
            check_call(&subject, what, call);
        }
        calls_made += calls.len();
        for draw in 0..4 {
            check_exact(&subject, 30_000, draw, &mut coverage)
                .unwrap_or_else(|disagreement| panic!("{what}: {disagreement}"));
        }
    }
    println!("{calls_made} stated calls; {coverage}");
    assert!(calls_made > 150, "{calls_made}");
}

/// Holds the engines of a judge to what is stated.
fn check_engines(mut judge: EngineJudge, prices: &[(u64, u64)]) {
    let held = hold_engines(&mut judge, prices);
    held.unwrap_or_else(|difference| panic!("{difference}"));
    let agreement = judge.agreement;
    println!(
        "{} {agreement:?}",
        judge.names().collect::<Vec<_>>().join(",")
    );
    assert!(agreement.returned > 1_000, "{agreement:?}");
    assert!(agreement.out_of_gas > 200, "{agreement:?}");
    assert!(agreement.trapped > 100, "{agreement:?}");
}

#[test]
fn accepted_modules_come_to_what_they_state_on_every_engine() {
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    check_engines(judge, &[(0, AMPLE_GAS), (1, HIGH_GAS)]);
}

#[test]
fn accepted_modules_come_to_what_they_state_on_v8() {
    if !V8Engine::is_installed() {
        return;
    }
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    check_engines(judge.with_v8().expect("V8 starts"), &[(0, AMPLE_GAS)]);
}

#[test]
fn accepted_modules_come_to_what_they_state_on_wasm3() {
    if !Wasm3Engine::is_installed() {
        return;
    }
    let judge = EngineJudge::new().expect("every engine that is built in works here");
    check_engines(judge.with_wasm3().expect("wasm3 starts"), &[(0, AMPLE_GAS)]);
}

#[test]
fn modules_outside_the_subset_are_refused_for_their_reason() {
    let mut refused = 0;
    for incident in incidents() {
        let Expected::Refused(codes) = &incident.expected else {
            continue;
        };
        let refusal = match prepare(&incident.module, &Protocol::v1()) {
            Err(PrepareError::Refused(refusal)) => refusal,
            other => panic!("{}: {:?}", incident.file, other.map(|_| "accepted")),
        };
        let mut found: Vec<_> = refusal.violations.iter().map(|one| one.code).collect();
        found.sort();
        found.dedup();
        assert_eq!(&found, codes, "{}: {refusal}", incident.file);
        refused += 1;
    }
    assert!(refused > 10, "{refused}");
}

/// Every file has a row in the corpus's table, and every file that a row names is there.
#[test]
fn the_table_and_the_folder_name_the_same_files() {
    let table = include_str!("../corpus/README.md");
    let mut named: Vec<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.ends_with(".wat") && !name.contains('/'))
        .collect();
    named.sort_unstable();
    named.dedup();
    let incidents = incidents();
    let files: Vec<&str> = incidents.iter().map(|one| one.file.as_str()).collect();
    assert_eq!(named, files);
    for scenario in scenario_files() {
        let file = scenario.file_name().unwrap_or_default().to_string_lossy();
        assert!(table.contains(&format!("`{file}`")), "{file} has no row");
        let module = scenario.with_extension("wat");
        assert!(module.exists(), "{file} is beside no module");
    }
}
