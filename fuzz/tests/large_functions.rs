//! Loops that are short as uploaded and long once they are instrumented. (A function that is large as
//! uploaded is in the corpus: `wasmi-1699-large-frames.wat`.)

use lockstep_fuzz::engine_agreement::{EngineJudge, ExportedCall};
use lockstep_reference::Stop;

/// Ample for each of the loops.
const GAS: u64 = 200_000_000;

/// wasmi 1.0 panics where a branch that goes back by a comparison leads over more than 2^15 of its
/// operators. The pass makes such branches, so not where the loop has come to be that long by
/// what is inserted.
#[test]
fn a_loop_that_has_become_long_runs_on_every_engine() {
    let growth = |count| {
        let grow = "(memory.grow) ".repeat(count);
        format!("(local.get $n) {grow} (drop)")
    };
    let calls = |count| "(call $f (i32.const 0)) (call $g) ".repeat(count);
    let mut judge = EngineJudge::new().expect("every engine that is built in works here");
    for code in [2_030, 2_045, 7_000, 8_000].map(growth) {
        runs_on_every_engine(&mut judge, &code, Err(Stop::OutOfGas));
    }
    for code in [500, 700, 2_300].map(calls) {
        runs_on_every_engine(&mut judge, &code, Ok(Vec::new()));
    }
}

/// Has a loop with this code run twice.
fn runs_on_every_engine(judge: &mut EngineJudge, code: &str, expected: Result<Vec<u64>, Stop>) {
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
    let results = judge.calls(0, &module, &[call], GAS);
    let results = results.unwrap_or_else(|difference| panic!("{difference}"));
    assert_eq!(results, [expected]);
}
