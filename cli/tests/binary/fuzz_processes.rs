//! The processes that `lockstep fuzz` starts: which program runs in them, what their answers count
//! for, and that none outlives the search.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::fuzz_interrupts::{One, SCENARIO, ended, wait_for_words};
use crate::process::{root, scratch};

/// The program is another one, or gone, as soon as somebody builds it anew.
#[test]
fn a_search_goes_on_in_the_program_that_runs_when_that_is_built_anew() {
    let folder = scratch("fuzz-built-anew");
    let (program, other) = (folder.join("lockstep"), folder.join("other"));
    std::fs::hard_link(env!("CARGO_BIN_EXE_lockstep"), &program).expect("a link");
    std::fs::write(&other, "no program").expect("a file");
    let mut command = Command::new(&program);
    command.args(["fuzz", "det", SCENARIO, "--worlds", "fresh-process"]);
    command.args(["--runs", "40", "--json", "--out"]);
    command.arg(folder.join("out")).current_dir(root());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.process_group(0).spawn().expect("it starts");
    wait_for_words(&mut child);
    std::fs::rename(&other, &program).expect("it takes its place");
    let (code, document) = ended(child);
    assert_eq!(code, Some(0), "{document:#?}");
    let world = &document["statistics"]["worlds"][0];
    assert!(world["executions"].as_u64() > Some(1), "{world:#?}");
}

/// Only a want of memory excuses that there is no answer.
#[test]
fn an_answer_that_is_none_is_a_difference() {
    use lockstep_cli::{base_engine, fuzz_det, load, standard_worlds};

    let scenario = load(&root().join(SCENARIO), SCENARIO).expect("a scenario");
    let mut worlds = standard_worlds(&base_engine(), &[], Some("/bin/true".into()));
    worlds.retain(|world| world.name() == "fresh-process");
    let report = fuzz_det(&scenario, &base_engine(), &mut worlds, 1, None, &mut One);
    let finding = report.expect("a report").finding.expect("a finding");
    let place = finding.place.expect("it shows every time");
    assert!(place.other.contains("gave no answer"), "{place:#?}");
}

#[test]
fn a_process_does_not_outlive_who_started_it() {
    use std::io::BufRead;

    // It gets no request, and so waits for one.
    let script = "exec 3<&0; \"$0\" fuzz execute <&3 & echo $!; wait";
    let mut shell = Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_lockstep")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let stdin = shell.stdin.take();
    let mut number = String::new();
    let mut stdout = std::io::BufReader::new(shell.stdout.take().expect("stdout"));
    stdout.read_line(&mut number).expect("a number");
    let stat = format!("/proc/{}/stat", number.trim());
    // A process that reads sleeps, and has said by then whose end is its own.
    let state = || {
        let stat = std::fs::read_to_string(&stat).unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or_default();
        (stat.contains("(lockstep)"), after.trim().chars().next())
    };
    let is_seen = |wanted: &dyn Fn() -> bool| {
        (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            wanted()
        })
    };
    assert!(is_seen(&|| state() == (true, Some('S'))), "it waits");
    std::thread::sleep(Duration::from_millis(500));
    kill_process(Pid::from_child(&shell), Signal::KILL).expect("it runs");
    shell.wait().expect("it ends");
    let has_ended = || matches!(state().1, None | Some('Z'));
    assert!(is_seen(&has_ended), "{number} still runs");
    drop(stdin);
}
