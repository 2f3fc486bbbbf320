//! `lockstep explain`, `--version` and the usage of the command.

use crate::process::lockstep;

#[test]
fn codes_of_every_kind_are_explained_in_any_spelling() {
    for (code, part) in [
        ("LS0202", "float-operator"),
        ("ls0202", "float-operator"),
        ("float-operator", "LS0202"),
        ("out_of_gas", "status of a receipt"),
        ("out-of-gas", "gas limit"),
        ("41", "not_a_contract (41): status of a receipt\n"),
        ("0", "success (0): status of a receipt\n"),
        ("bad_nonce", "not included"),
        ("scenario-unknown-key", "typing error"),
        ("scenario-name", "do not begin with `0x`"),
    ] {
        let finished = lockstep(&["explain", code]);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{code}");
        assert!(
            finished.stdout.contains(part),
            "{code}: {}",
            finished.stdout
        );
    }
    let document = lockstep(&["explain", "LS0202", "--json"]).json();
    assert_eq!(document["schema"], "lockstep.explain/1");
    assert_eq!(document["codes"][0]["number"], 202);
}

#[test]
fn without_a_code_all_are_listed_and_each_can_be_explained() {
    let document = lockstep(&["explain", "--json"]).json();
    let codes = document["codes"].as_array().expect("a list");
    assert!(codes.len() > 100);
    for code in codes {
        assert!(
            code["explanation"]
                .as_str()
                .is_some_and(|text| text.len() > 20),
            "{code}"
        );
    }
}

#[test]
fn an_unknown_code_is_answered_with_the_nearest() {
    // A number that no status has, though a reason of another kind has it.
    let finished = lockstep(&["explain", "202"]);
    assert_eq!(finished.code, 2, "{finished:#?}");
    let finished = lockstep(&["explain", "out_of_gass"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("did you mean \"out_of_gas\"?"),
        "{}",
        finished.stderr
    );
}

#[test]
fn usage_errors_end_with_2_and_the_version_is_told() {
    assert_eq!(lockstep(&["run"]).code, 2);
    assert_eq!(lockstep(&["rum", "x"]).code, 2);
    let finished = lockstep(&["--version"]);
    assert_eq!(finished.code, 0);
    assert_eq!(
        finished.stdout,
        format!("lockstep {}\n", env!("CARGO_PKG_VERSION"))
    );
}
