//! The programs refuse names that nothing has, with the list of those that there are.

use std::process::{Command, Output};

use lockstep_fuzz::planted::faults;
use lockstep_fuzz::{ORACLES, SEEDED};

fn run(program: &str, arguments: &[&str]) -> Output {
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/../contracts/artifacts");
    let mut command = Command::new(program);
    command.args(arguments);
    if program == env!("CARGO_BIN_EXE_soak") {
        command.args(["--modules", modules]);
    }
    command.output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn soak_refuses_each_oracle_that_it_does_not_know() {
    let soak = env!("CARGO_BIN_EXE_soak");
    let output = run(soak, &["--oracles", "module,sequnce,nosuch"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.contains("no oracle sequnce, nosuch"), "{said}");
    let of_bytes = ORACLES.iter().map(|oracle| oracle.name);
    for name in of_bytes.chain(SEEDED.iter().map(|oracle| oracle.name)) {
        assert!(said.contains(name), "{name}: {said}");
    }
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn soak_gives_every_oracle_the_same_number_of_inputs() {
    let soak = env!("CARGO_BIN_EXE_soak");
    let output = run(
        soak,
        &["--oracles", "receipt,abi,proof", "--executions", "7"],
    );
    assert!(output.status.success(), "{output:?}");
    let said = text(&output.stdout);
    let counts = said
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    let counts: Vec<String> = counts.collect();
    // In the order in which they are listed.
    assert_eq!(counts, ["proof: 3", "receipt: 2", "abi: 2"]);
}

#[test]
fn planted_refuses_a_name_of_no_fault() {
    let output = run(env!("CARGO_BIN_EXE_planted"), &["--only", "nosuch"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.contains("no fault nosuch"), "{said}");
    assert!(
        faults().iter().all(|fault| said.contains(fault.name)),
        "{said}"
    );
    assert!(output.stdout.is_empty(), "{output:?}");
}
