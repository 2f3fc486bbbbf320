//! `lockstep gas calibrate` and `lockstep gas worst`. What they measure differs from run to run;
//! that they measure everything, and that what they write can be used, does not.

use std::fs;

use lockstep_gas_meter::{HostPrice, Schedule};

use crate::process::{lockstep, scratch};

#[test]
fn a_quick_calibration_writes_a_report_and_a_schedule_that_can_be_used() {
    let folder = scratch("calibrate");
    let (report, schedule) = (folder.join("report.md"), folder.join("proposed.toml"));
    let (report_path, schedule_path) = (
        report.to_str().expect("UTF-8"),
        schedule.to_str().expect("UTF-8"),
    );
    let finished = lockstep(&[
        "gas",
        "calibrate",
        "--quick",
        "--json",
        "-o",
        report_path,
        "--schedule-out",
        schedule_path,
    ]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert!(finished.stderr.contains("measuring host functions"));
    let document = finished.json();
    assert_eq!(document["schema"], "lockstep.gas-calibrate/1");
    assert_eq!(document["quick"], true);

    let text = fs::read_to_string(schedule).expect("a schedule was written");
    let proposed = Schedule::from_toml(&text).expect("it is a schedule and passes the checks");
    assert_eq!(proposed.version, Schedule::v1().version);
    assert_eq!(proposed.deposit, Schedule::v1().deposit);
    assert!(text.starts_with("# Gas schedule 1"), "comments are kept");

    let items = document["items"].as_array().expect("a list");
    let named = |price: &str| {
        items.iter().any(|item| {
            let prices = item["prices"].as_array().expect("a list");
            prices.iter().any(|entry| {
                let integer = entry["proposed"].as_u64().expect("a price");
                entry["price"] == price && integer > 0
            })
        })
    };
    for price in [
        "wasm.load",
        "code.load_per_byte",
        "transaction.signature",
        "host.storage_write.base",
        "host.storage_write.per_input_byte",
    ] {
        assert!(named(price), "{price}");
    }
    let report = fs::read_to_string(report).expect("a report was written");
    assert!(report.contains("worst/median") && report.contains("| storage_write |"));
    let HostPrice { base, .. } = proposed.host.p256_verify;
    assert!(base > proposed.host.caller.base, "a signature is dearer");
}

#[test]
fn a_short_search_finds_a_module_that_is_accepted() {
    let folder = scratch("worst");
    let module = folder.join("worst.wat");
    let path = module.to_str().expect("UTF-8");
    let arguments = [
        "gas", "worst", "--time", "1s", "--seed", "3", "--json", "-o", path,
    ];
    let finished = lockstep(&arguments);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let document = finished.json();
    assert_eq!(document["schema"], "lockstep.gas-worst/1");
    assert_eq!(document["seed"], 3);
    let verdict = document["verdict"].as_str().expect("a verdict");
    assert!(["within", "over", "none"].contains(&verdict), "{verdict}");
    if document["climbs"] == 0 {
        assert_eq!(verdict, "none");
    }
    assert!(document["modules_measured"].as_u64().expect("a count") >= 2);
    assert!(document["ratio"].as_f64().expect("a ratio") > 0.0);
    let text = fs::read_to_string(&module).expect("the module was written");
    assert_eq!(document["module"], text);
    let checked = lockstep(&["check", path]);
    assert_eq!(checked.code, 0, "{}", checked.stdout);
}

#[test]
fn a_check_of_a_search_that_did_not_begin_has_no_verdict() {
    let finished = lockstep(&["gas", "worst", "--time", "0s", "--check"]);
    assert_eq!(finished.code, 8, "{}", finished.stdout);
    assert!(
        finished.stdout.contains("no verdict"),
        "{}",
        finished.stdout
    );
    assert!(!finished.stdout.contains("within"), "{}", finished.stdout);
}

#[test]
fn a_duration_that_is_none_is_refused() {
    let finished = lockstep(&["gas", "worst", "--time", "soon"]);
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("60s or 5m"), "{}", finished.stderr);
}

/// A stderr that cannot be written costs no more than what would have been read there.
#[cfg(target_os = "linux")]
#[test]
fn a_search_outlives_a_stderr_that_is_full() {
    use std::process::{Command, Stdio};

    let full = fs::File::options().write(true).open("/dev/full");
    let output = Command::new(env!("CARGO_BIN_EXE_lockstep"))
        .args(["gas", "worst", "--time", "1s", "--json"])
        .stderr(Stdio::from(full.expect("a full device")))
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(0));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a document");
    assert_eq!(document["schema"], "lockstep.gas-worst/1");
}
