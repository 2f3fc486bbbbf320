//! `lockstep gas snapshot`: the committed file is current, and every drift is found and explained.

use std::fs;
use std::path::PathBuf;

use lockstep_gas_meter::Schedule;

use crate::process::{Finished, lockstep, root, scratch, updates_golden_files};

pub(crate) const TOKEN: &str = "contracts/scenarios/token.toml";
const COMMITTED: &str = "contracts/scenarios/gas-snapshot.txt";

/// The committed file, up to date with `LOCKSTEP_UPDATE=1`.
pub(crate) fn committed() -> String {
    if updates_golden_files() {
        assert_eq!(lockstep(&["gas", "snapshot"]).code, 0);
    }
    fs::read_to_string(root().join(COMMITTED)).expect("the snapshot")
}

/// A changed copy of the snapshot of the token scenario.
struct Changed {
    file: PathBuf,
    text: String,
}

impl Changed {
    fn new(name: &str) -> Changed {
        let file = scratch(name).join("snapshot.txt");
        let path = file.to_str().expect("UTF-8");
        let written = lockstep(&["gas", "snapshot", TOKEN, "--file", path]);
        assert_eq!((written.code, written.stderr.as_str()), (0, ""));
        let wrote = format!("wrote {path}: ");
        assert!(written.stdout.starts_with(&wrote), "{}", written.stdout);
        let text = fs::read_to_string(&file).expect("the snapshot");
        Changed { file, text }
    }

    /// Replaces what must be there once.
    fn replace(&mut self, from: &str, to: &str) {
        assert_eq!(self.text.matches(from).count(), 1, "{from}");
        self.text = self.text.replace(from, to);
    }

    /// The line that begins so.
    fn line(&self, start: &str) -> String {
        let line = self.text.lines().find(|line| line.starts_with(start));
        line.unwrap_or_else(|| panic!("{start}")).to_string()
    }

    /// Makes the first step, an upload, cheaper in the file than it is.
    fn cheapen_the_first_step(&mut self, by: u64) {
        let line = self.line("step token 1.1 ");
        let total = line
            .split("total=")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let total = total.expect("a total").to_string();
        let number: u64 = total.replace('_', "").parse().expect("a number");
        self.replace(&line, &line.replace(&total, &(number - by).to_string()));
    }

    /// Changes the hash of the token's code, and the compiler on request.
    fn change_the_code(&mut self, compiler: bool) {
        let line = self.line("code token token ");
        let hash = line.split(' ').nth(3).expect("a hash").to_string();
        let changed = line.replace(&hash, &"0".repeat(64));
        let changed = match compiler {
            true => changed.replace("\"rustc", "\"another rustc"),
            false => changed,
        };
        assert_ne!(changed, line);
        self.replace(&line, &changed);
    }

    fn check(&self, more: &[&str]) -> Finished {
        fs::write(&self.file, &self.text).expect("the file can be written");
        let path = self.file.to_str().expect("UTF-8");
        let arguments = ["gas", "snapshot", "--check", TOKEN, "--file", path];
        lockstep(&[&arguments[..], more].concat())
    }
}

#[test]
fn the_committed_snapshot_is_current() {
    let text = committed();
    let finished = lockstep(&["gas", "snapshot", "--check"]);
    assert_eq!(
        (finished.code, finished.stderr.as_str()),
        (0, ""),
        "{}",
        finished.stdout
    );
    let steps = text
        .lines()
        .filter(|line| line.starts_with("step "))
        .count();
    assert_eq!(
        finished.stdout,
        format!("{COMMITTED}: {steps} steps, none drifted\n")
    );
    let one = lockstep(&["gas", "snapshot", "--check", TOKEN]);
    assert_eq!(one.code, 0, "{}", one.stdout);
}

#[test]
fn what_is_written_is_what_is_checked_and_sorted() {
    let changed = Changed::new("snapshot_written");
    assert_eq!(changed.check(&[]).code, 0);
    let steps: Vec<(u64, u64)> = changed
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("step token "))
        .map(|rest| {
            let place = rest.split(' ').next().expect("a place");
            let (block, number) = place.split_once('.').expect("block and number");
            (
                block.parse().expect("a block"),
                number.parse().expect("a number"),
            )
        })
        .collect();
    assert!(steps.len() > 20 && steps.is_sorted());
}

#[test]
fn a_drift_names_step_amount_and_exit_code() {
    let mut changed = Changed::new("snapshot_drift");
    changed.cheapen_the_first_step(1_234);
    let finished = changed.check(&[]);
    assert_eq!(finished.code, 6);
    for part in [
        "1 of ",
        "token 1.1 \"alice uploads the token\"",
        "+1_234",
        "due to   unrecorded: +1_234",
    ] {
        assert!(
            finished.stdout.contains(part),
            "{part}\n{}",
            finished.stdout
        );
    }
    assert!(
        finished.stderr.contains("error[snapshot-drift]"),
        "{}",
        finished.stderr
    );
    let document = changed.check(&["--json"]).json();
    assert_eq!(document["schema"], "lockstep.gas-snapshot/1");
    assert_eq!(document["drifts"][0]["amount"], 1_234);
    assert_eq!(document["drifts"][0]["name"], "alice uploads the token");
    assert_eq!(document["drifts"][0]["buckets"]["intrinsic"], 1_234);
}

#[test]
fn changed_code_and_changed_compilers_are_causes() {
    for (compiler, cause) in [(false, "code (token)"), (true, "compiler (token)")] {
        let mut changed = Changed::new("snapshot_code");
        changed.cheapen_the_first_step(7);
        changed.change_the_code(compiler);
        let finished = changed.check(&[]);
        assert_eq!(finished.code, 6);
        let due = format!("due to   {cause}: +7\n");
        assert!(finished.stdout.contains(&due), "{}", finished.stdout);
        assert!(
            finished.stdout.contains("  code token/token\n"),
            "{}",
            finished.stdout
        );
    }
}

#[test]
fn a_changed_record_is_a_drift_without_changed_gas() {
    let mut changed = Changed::new("snapshot_record");
    changed.change_the_code(false);
    let finished = changed.check(&[]);
    assert_eq!(finished.code, 6);
    assert!(finished.stdout.contains("0 of "), "{}", finished.stdout);
    let error = "and other things that it records are not: code token/token\n";
    assert!(finished.stderr.contains(error), "{}", finished.stderr);

    let mut changed = Changed::new("snapshot_renamed");
    changed.replace("\"alice uploads the token\"", "\"an upload\"");
    let finished = changed.check(&[]);
    assert_eq!(finished.code, 6);
    let error = "and other things that it records are not: the name of token 1.1\n";
    assert!(finished.stderr.contains(error), "{}", finished.stderr);
    assert!(
        !finished.stderr.contains("the gas is not"),
        "{}",
        finished.stderr
    );
}

/// The snapshot as it would be by a schedule whose base price is 7 lower, as far as the first
/// step goes, and with other code, which made it 234 cheaper besides.
fn repriced(name: &str) -> (Changed, String) {
    let document = Schedule::V1_TOML;
    let line = document.lines().find(|line| line.starts_with("base = "));
    let line = line.expect("the base price of a transaction");
    let price = line.trim_start_matches("base = ").replace('_', "");
    let price: u64 = price
        .split(' ')
        .next()
        .expect("a price")
        .parse()
        .expect("a price");
    let (line, cheaper) = (format!("\n{line}\n"), format!("\nbase = {}\n", price - 7));
    let old = document.replacen(&line, &cheaper, 1);
    let hash = |document: &str| Schedule::from_toml(document).expect("a schedule").hash();
    let mut changed = Changed::new(name);
    changed.cheapen_the_first_step(241);
    changed.change_the_code(false);
    changed.replace(&hash(document).to_string(), &hash(&old).to_string());
    let path = changed.file.with_file_name("old.toml");
    fs::write(&path, old).expect("the file can be written");
    (changed, path.to_str().expect("UTF-8").to_string())
}

#[test]
fn the_old_schedule_tells_prices_from_code() {
    let (changed, old) = repriced("snapshot_schedule");
    let finished = changed.check(&[]);
    assert_eq!(finished.code, 6);
    let together = "due to   schedule + code (token): +241, not attributable further\n";
    assert!(finished.stdout.contains(together), "{}", finished.stdout);
    assert!(
        finished.stderr.contains("--old-schedule"),
        "{}",
        finished.stderr
    );
    let finished = changed.check(&["--old-schedule", &old]);
    assert_eq!(finished.code, 6);
    for share in ["due to   schedule: +7\n", "due to   code (token): +234\n"] {
        assert!(finished.stdout.contains(share), "{}", finished.stdout);
    }
}

#[test]
fn another_schedule_than_the_snapshot_s_is_refused() {
    let (changed, old) = repriced("snapshot_other_schedule");
    fs::write(&old, Schedule::V1_TOML).expect("the file can be written");
    for path in [old.as_str(), TOKEN, "absent.toml"] {
        let finished = changed.check(&["--old-schedule", path]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
        assert!(
            finished.stderr.contains("error[snapshot-schedule]"),
            "{}",
            finished.stderr
        );
        assert!(!finished.stderr.contains("\\n"), "{}", finished.stderr);
        let has_place = finished.stderr.contains(&format!("--> {path}:"));
        assert_eq!(has_place, path == TOKEN, "{}", finished.stderr);
    }
}

#[test]
fn steps_that_came_or_went_are_drifts_of_the_scenario() {
    let mut changed = Changed::new("snapshot_steps");
    let line = changed.line("step token 1.2 ");
    let end = changed.line("end ");
    let steps: u64 = end.trim_start_matches("end ").parse().expect("a number");
    changed.replace(&format!("{line}\n"), "");
    changed.replace(&format!("\n{end}\n"), &format!("\nend {}\n", steps - 1));
    let finished = changed.check(&[]);
    assert_eq!(finished.code, 6);
    assert!(
        finished.stdout.contains("gas      none -> "),
        "{}",
        finished.stdout
    );
    assert!(
        finished.stdout.contains("due to   scenario: +"),
        "{}",
        finished.stdout
    );
}

#[test]
fn what_is_to_be_written_anew_is_all_that_the_file_holds() {
    let mut changed = Changed::new("snapshot_anew");
    let file = changed.file.display().to_string();
    let both = ["--file", &file, TOKEN, "contracts/scenarios/counter.toml"];
    lockstep(&[&["gas", "snapshot"], &both[..]].concat());
    changed.text = fs::read_to_string(&changed.file).expect("the snapshot");
    changed.cheapen_the_first_step(1);
    fs::write(&changed.file, &changed.text).expect("the file can be written");
    for (scenarios, help) in [
        (
            &both[..3],
            "with all scenarios that it holds, also counter: `",
        ),
        (&both, "write it anew: `"),
    ] {
        let checked = lockstep(&[&["gas", "snapshot", "--check"], scenarios].concat());
        assert!(checked.stderr.contains(help), "{checked:#?}");
    }
}
