//! What an ABI calls an invariant and is none is named with the reason, and is not taken to hold.

use lockstep_abi::{Field, Method, Type};
use lockstep_cli::{Exit, InvariantReport, from_text, fuzz_run};

use crate::sum::{SCENARIO, invariant, module_of};
use crate::{Candidates, scratch};

/// Methods that are none, with what is said of each.
fn refused() -> Vec<(Method, &'static str)> {
    let amount = Field {
        name: "amount".to_string(),
        ty: Type::U8,
    };
    vec![
        (
            Method {
                output: Type::U64,
                ..invariant("sum_is_two")
            },
            "@sum.sum_is_two is no invariant: it returns u64",
        ),
        (
            Method {
                params: vec![amount],
                ..invariant("add")
            },
            "@sum.add is no invariant: it takes arguments: amount",
        ),
        (
            Method {
                mutates: true,
                ..invariant("double")
            },
            "@sum.double is no invariant: it may change the state",
        ),
        (
            invariant("round"),
            "@sum.round is no invariant: the module does not export it, so a call ends with \
             method_not_found",
        ),
        (
            invariant("init"),
            "@sum.init is no invariant: no call can name `init`",
        ),
    ]
}

fn search(name: &str, methods: Vec<Method>) -> Result<InvariantReport, lockstep_cli::Failure> {
    let folder = scratch(name);
    std::fs::write(folder.join("sum.wat"), module_of(methods)).expect("the contract");
    let scenario = from_text(SCENARIO.to_string(), "sum", &folder);
    let scenario = scenario.unwrap_or_else(|failure| panic!("{failure}"));
    fuzz_run(&scenario, 1, None, &mut Candidates(20))
}

#[test]
fn each_is_named_with_the_reason() {
    let methods = refused().into_iter().map(|refused| refused.0).collect();
    let failure = search("fuzz-refused-invariants", methods).expect_err("there is none");
    assert_eq!(failure.exit, Exit::NothingMatched);
    let messages: Vec<&str> = failure.problems.iter().map(|it| &*it.message).collect();
    let expected: Vec<&str> = refused().into_iter().map(|refused| refused.1).collect();
    assert_eq!(messages, expected);
}

#[test]
fn the_others_are_called_and_do_not_excuse_it() {
    for (method, said) in refused() {
        let methods = vec![method, invariant("sum_is_a_number")];
        let report = search("fuzz-refused-invariant", methods);
        let report = report.unwrap_or_else(|failure| panic!("{failure}"));
        let called: Vec<&str> = report.invariants.iter().map(|it| &*it.invariant).collect();
        assert_eq!(called, ["@sum.sum_is_a_number"]);
        assert_eq!(report.unknown(), [""; 0]);
        assert_eq!(report.problems.len(), 1, "{report:#?}");
        assert_eq!(report.problems[0].message, said);
        assert_eq!(report.exit(), Exit::NothingMatched);
    }
}
