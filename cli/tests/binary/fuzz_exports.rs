//! What `lockstep fuzz` calls where the ABI is not what the module exports, and what it says then.

use lockstep_abi::Type;

use crate::process::{lockstep, scratch};
use crate::sum::{SCENARIO, invariant, method, module_of};

#[test]
fn exports_that_the_abi_does_not_name_are_called() {
    let folder = scratch("fuzz-exports");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let abi = vec![method("ghost", &[], Type::Unit)];
    std::fs::write(path("sum.wat"), module_of(abi)).expect("the contract");
    let corpus = path("corpus");
    let searched = lockstep(&[
        "fuzz",
        "det",
        &path("sum.wat"),
        "--runs",
        "80",
        "--worlds",
        "untraced",
        "--out",
        &path("out"),
        "--corpus",
        &corpus,
    ]);
    assert_eq!(searched.code, 0, "{searched:#?}");
    let remark = "the module of @target does not export what its ABI has: ghost\n";
    assert!(searched.stderr.contains(remark), "{searched:#?}");
    let entries = std::fs::read_dir(&corpus).expect("a corpus");
    let scenarios = entries.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok());
    let scenarios: String = scenarios.collect();
    assert!(
        scenarios.contains("call = \"@target.double\""),
        "{scenarios}"
    );
    assert!(!scenarios.contains("@target.ghost"), "{scenarios}");
}

#[test]
fn an_invariant_that_is_none_is_told_beside_what_others_came_to() {
    let folder = scratch("fuzz-no-invariant");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let abi = vec![invariant("sum_is_a_number"), invariant("ghost")];
    std::fs::write(path("sum.wat"), module_of(abi)).expect("the contract");
    std::fs::write(path("sum.toml"), SCENARIO).expect("the scenario");
    let scenario = path("sum.toml");
    let searched = lockstep(&[
        "fuzz",
        "run",
        &scenario,
        "--runs",
        "5",
        "--out",
        &path("out"),
    ]);
    assert_eq!(searched.code, 8, "{searched:#?}");
    assert!(
        searched.stdout.contains("@sum.sum_is_a_number ("),
        "{searched:#?}"
    );
    let said = "error[no-invariant]: @sum.ghost is no invariant: the module does not export it";
    assert!(searched.stderr.contains(said), "{searched:#?}");
    assert_eq!(
        searched.stderr.matches("error[").count(),
        1,
        "{searched:#?}"
    );
}
