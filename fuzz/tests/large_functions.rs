//! Functions as large as they may be, which no file of the corpus could hold: wasmi 0.49 to 0.51.1
//! counted the frame of a function of more than 30,000 operators too small (#1699).

use lockstep_fuzz::engine_agreement::{EngineJudge, ExportedCall};
use lockstep_gas_meter::Protocol;
use lockstep_tests::{Bounds, Metered, ScriptedHost, Subject};

/// How often the piece of ten operators is repeated, on each of two ways.
const PIECES: u64 = 4_000;
/// Ample for each operator once, under either list of prices.
const GAS: u64 = 2_000_000;

/// Eighty thousand operators, above some values on the stack that are needed at the end. One of the
/// two ways is taken, so the branch over the other one is far. Each piece adds 1 to the first sum
/// if its branch is not taken, and 1 to the second one.
fn text() -> String {
    let piece = "(block (br_if 0 (local.get 0))
        (local.set $sum (i64.add (local.get $sum) (i64.const 1))))
        (local.set $all (i64.add (local.get $all) (i64.const 1)))\n";
    let pieces = piece.repeat(PIECES as usize);
    format!(
        "(module (func (export \"run\") (param i32) (result i64 i64)
            (local $sum i64) (local $all i64)
            (i64.const 5) (i64.const 6) (i64.const 7) (local.get 0)
            (if (then {pieces}) (else {pieces}))
            (i64.mul) (i64.mul) (local.get $sum) (i64.add) (local.get $all)))"
    )
}

#[test]
fn a_function_of_eighty_thousand_operators_is_right_on_every_engine() {
    let module = wat::parse_str(text()).expect("a module");
    // The values below come to 5 * 6 * 7. Where the argument is not zero, every branch is taken.
    let cases = [(0, [210 + PIECES, PIECES]), (1, [210, PIECES])];
    let host = ScriptedHost::new(5);
    let subject = Subject::prepare(&Metered::engine(), &module, &Protocol::v1(), &host);
    let subject = subject.expect("it is within the limits");
    let mut judge = EngineJudge::new().expect("every engine that is built in works here");
    for (argument, expected) in cases {
        let bounds = Bounds {
            gas: GAS.cast_signed(),
            stack: 100,
        };
        let mut pair = subject.pair().expect("it can be instantiated");
        let outcome = pair.invoke("run", &[argument], bounds);
        let outcome = outcome.unwrap_or_else(|disagreement| panic!("{disagreement}"));
        assert_eq!(outcome.result, Ok(expected.to_vec()));
        for seed in [0, 1] {
            let call = ExportedCall {
                name: "run".to_string(),
                arguments: vec![argument],
            };
            let results = judge.calls(seed, &module, &[call], 6 * GAS);
            let results = results.unwrap_or_else(|difference| panic!("{difference}"));
            assert_eq!(results, [Ok(expected.to_vec())]);
        }
    }
}

/// wasmi 1.0 panics where a branch that goes back by a comparison leads over more than 2^15 of its
/// operators. The pass makes such branches, so not where the loop has come to be that long by
/// what is inserted.
#[test]
fn a_loop_that_has_become_long_runs_on_every_engine() {
    let growth = |count| {
        let grow = "(memory.grow) (i32.eqz) ".repeat(count);
        format!("(local.get $n) {grow} (drop)")
    };
    let calls = |count| "(call $f (i32.const 0)) (call $g) ".repeat(count);
    let mut judge = EngineJudge::new().expect("every engine that is built in works here");
    eprintln!("start");
    for code in [1_350, 1_370, 5_400, 5_450].map(growth) {
        eprintln!("{}", code.len());
        runs_on_every_engine(&mut judge, &code);
    }
    for code in [500, 700, 2_300].map(calls) {
        eprintln!("{}", code.len());
        runs_on_every_engine(&mut judge, &code);
    }
}

/// Has a loop with this code run twice.
fn runs_on_every_engine(judge: &mut EngineJudge, code: &str) {
    let text = format!(
        "(module (memory 1) (func $g (if (i32.const 0) (then (call $f (i32.const 0)))))
            (func $f (export \"run\") (param $times i32) (local $n i32)
            (if (local.get $times) (then
                (loop $again {code}
                    (local.set $times (i32.sub (local.get $times) (i32.const 1)))
                    (br_if $again (local.get $times)))))))"
    );
    let module = wat::parse_str(text).expect("a module");
    let call = ExportedCall {
        name: "run".to_string(),
        arguments: vec![2],
    };
    let results = judge.calls(0, &module, &[call], 100 * GAS);
    let results = results.unwrap_or_else(|difference| panic!("{difference}"));
    assert_eq!(results, [Ok(Vec::new())]);
}
