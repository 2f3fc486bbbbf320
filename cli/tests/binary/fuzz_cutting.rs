//! What `lockstep fuzz det` leaves when it is ended while it cuts a difference down.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::process::{root, scratch, write_program};

/// A contract of which no ABI says anything, and a call with a long input.
const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "long"
[accounts]
alice = 1_000_000_000_000
[code]
long = "long.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "long"
[[block.transaction]]
from = "alice"
instantiate = "long"
as = "long"
[[block.transaction]]
from = "alice"
call = "long.run"
"#;

/// A search in a folder, whose world fails for as long as an input has more than 50,000 bytes.
fn search(folder: &Path) -> Child {
    std::fs::write(folder.join("long.wat"), r#"(module (func (export "run")))"#)
        .expect("the contract");
    let input = format!("input = \"0x{}\"\n", "07".repeat(120_000));
    let scenario = folder.join("long.toml");
    std::fs::write(&scenario, SCENARIO.to_owned() + &input).expect("the scenario");
    let program = folder.join("program");
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = \"fuzz execute\" ] || exec {0} \"$@\"\nrequest={1}/request.$$\n\
         cat > $request\nsize=$(wc -c < $request)\n[ $size -lt 100000 ] && {0} fuzz execute < $request\n\
         rm $request\n[ $size -lt 100000 ]\n",
        env!("CARGO_BIN_EXE_lockstep"),
        folder.display()
    );
    write_program(&program, &script);
    let world = format!("binary:{}", program.display());
    let out = folder.join("out");
    Command::new(env!("CARGO_BIN_EXE_lockstep"))
        .args(["fuzz", "det"])
        .arg(scenario)
        .args(["--worlds", &world, "--json", "--out"])
        .arg(out)
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

/// Waits until it cuts down, and gives what it said of that and the rest of what it says.
fn wait_for_cutting(child: &mut Child) -> (String, impl Read + use<>) {
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    while !line.contains("; cutting down") {
        line.clear();
        let read = stderr.read_line(&mut line).expect("a line");
        assert!(read > 0, "it ended before");
    }
    // Some tries are made.
    std::thread::sleep(Duration::from_millis(1_500));
    (line, stderr)
}

#[test]
fn an_interrupt_of_the_cutting_down_leaves_the_best_so_far() {
    let folder = scratch("fuzz-cutting-interrupt");
    let mut child = search(&folder);
    let (_, mut rest) = wait_for_cutting(&mut child);
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    let reader = std::thread::spawn(move || rest.read_to_string(&mut String::new()));
    let output = child.wait_with_output().expect("it ends");
    reader.join().expect("it says no more").expect("text");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a document");
    assert_eq!(report["interrupted"], true, "{report:#}");
    let tries = report["finding"]["tries"].as_u64();
    assert!(tries < Some(1_000), "it went on: {report:#}");
    let file = report["finding"]["file"].as_str().expect("it is written");
    assert!(Path::new(file).exists());
    let left = std::fs::read_dir(folder.join("out")).expect("the folder is there");
    let mut names = left.map(|entry| entry.expect("an entry").file_name());
    assert!(names.all(|name| !name.to_string_lossy().contains("under-way")));
}

#[test]
fn a_kill_of_the_cutting_down_leaves_what_was_found() {
    let folder = scratch("fuzz-cutting-kill");
    let mut child = search(&folder);
    let (said, _rest) = wait_for_cutting(&mut child);
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let file = said.trim_end().split("cutting down what is in ").nth(1);
    let file = Path::new(file.expect("it says where"));
    let text = std::fs::read_to_string(file).expect("it is left");
    let about = "kathmandu differs from the base world; the process died while this was cut down";
    assert!(text.contains(about), "{}", &text[..1_000]);
    assert!(text.contains(&"07".repeat(120_000)), "the call is whole");
}
