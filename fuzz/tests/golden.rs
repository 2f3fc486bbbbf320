//! The first generated chains come to what the committed file says, in this build as in any other.

use lockstep_engines::EngineKind;
use lockstep_fuzz::golden::{golden_chains, golden_file, golden_text};
use lockstep_gas_meter::Protocol;
use lockstep_tests::updates_golden_files;
use lockstep_vm::{Bundle, Machine, NoObserver, replay};

#[test]
fn generated_chains_come_to_what_is_committed() {
    let text = golden_text().expect("no chain stops the machine");
    if updates_golden_files() {
        std::fs::write(golden_file(), &text).expect("the folder is there");
    }
    let committed = std::fs::read_to_string(golden_file()).unwrap_or_default();
    for (is, was) in text.lines().zip(committed.lines()) {
        assert_eq!(is, was, "LOCKSTEP_UPDATE=1 writes it anew");
    }
    assert_eq!(text, committed, "LOCKSTEP_UPDATE=1 writes it anew");
}

/// `.ci/run` gives what this build writes to the release build in the same way.
#[test]
fn their_bundles_replay_on_every_engine() {
    for chain in golden_chains().take(10) {
        let bundle = chain.bundle().expect("it was executed");
        let bundle = Bundle::from_bytes(&bundle).expect("it reads what it writes");
        for kind in EngineKind::available() {
            let engine = kind.build().expect("it is available");
            let mut machine = Machine::new(Protocol::v1(), engine);
            let replayed = replay(&bundle, &mut machine, &mut NoObserver);
            assert!(replayed.is_ok(), "seed {}: {replayed:?}", chain.seed());
        }
    }
}
