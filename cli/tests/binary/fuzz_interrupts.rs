//! Interrupts of `lockstep fuzz`: the first ends the search and shows the report.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use lockstep_cli::{Control, Statistics};
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

use crate::process::{root, scratch, write_program};

pub(crate) const SCENARIO: &str = "contracts/scenarios/counter.toml";

/// Starts a search that gives a document.
fn search(name: &str, arguments: &[&str]) -> Child {
    let out = scratch(name).to_string_lossy().into_owned();
    let more = ["--time", "5m", "--json", "--out", &out];
    fuzz(&[arguments, &more].concat())
}

/// Starts a command as the leader of a process group of its own, as a shell would.
fn fuzz(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_lockstep"))
        .arg("fuzz")
        .args(arguments)
        .current_dir(root())
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

/// Its exit code and its document.
pub(crate) fn ended(child: Child) -> (Option<i32>, serde_json::Value) {
    let output = child.wait_with_output().expect("it ends");
    let document = serde_json::from_slice(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let document = document.unwrap_or_else(|error| panic!("{error}: {output:?} {stderr}"));
    (output.status.code(), document)
}

/// Waits until the search says what it does first, which it does once it catches interrupts. Gives
/// the rest, once there is no more.
pub(crate) fn wait_for_words(child: &mut Child) -> JoinHandle<String> {
    wait_for(child, "running the seed")
}

/// Waits until the command says these words. Gives the rest, once there is no more.
fn wait_for(child: &mut Child, words: &str) -> JoinHandle<String> {
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert!(line.contains(words), "{line}");
    // What is said later must not fill the pipe, nor find it closed.
    std::thread::spawn(move || {
        let mut rest = String::new();
        stderr
            .read_to_string(&mut rest)
            .map(|_| rest)
            .expect("text")
    })
}

#[test]
fn the_first_interrupt_ends_either_search_and_shows_the_report() {
    for arguments in [
        ["det", SCENARIO, "--worlds", "untraced"],
        ["run", "contracts/scenarios/token.toml", "--seed", "2"],
    ] {
        let mut child = search("fuzz-interrupt", &arguments);
        wait_for_words(&mut child);
        kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
        let (code, document) = ended(child);
        assert_eq!(code, Some(0), "{document:#?}");
        assert_eq!(document["interrupted"], true, "{document:#?}");
        assert!(document["statistics"]["candidates"].as_u64() >= Some(1));
    }
}

#[test]
fn the_text_of_a_search_says_that_it_was_interrupted() {
    let out = scratch("fuzz-interrupt-text");
    let out = out.to_string_lossy();
    let det = ["det", SCENARIO, "--worlds", "untraced"];
    let run = ["run", "contracts/scenarios/token.toml", "--seed", "2"];
    for arguments in [det, run] {
        let mut child = fuzz(&[&arguments[..], &["--time", "5m", "--out", &out]].concat());
        wait_for_words(&mut child);
        kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
        let output = child.wait_with_output().expect("it ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("ended by an interrupt"), "{text}");
    }
}

#[test]
fn an_interrupt_ends_a_replay_with_the_worlds_that_were_asked() {
    let mut child = fuzz(&["replay", "contracts/scenarios/token.toml", "--json"]);
    wait_for(&mut child, "executing it in the base world");
    kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
    let (code, document) = ended(child);
    assert_eq!(code, Some(130), "{document:#?}");
    assert_eq!(document["interrupted"], true, "{document:#?}");
    let asked = document["worlds"].as_array().expect("worlds").len();
    assert!(asked < 20, "{document:#?}");
}

/// A contract that runs until its gas ends, a scenario that makes it, and a call that has all the gas
/// that a transaction may have.
const LONG: [&str; 3] = [
    r#"(module (func (export "run") (loop $again (br $again))))"#,
    r#"
schema = "lockstep.scenario/1"
name = "long"
[chain]
block_gas_limit = 2_000_000_000_000
gas_price = 0
[accounts]
alice = 1_000_000
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
"#,
    r#"
[[block.transaction]]
from = "alice"
call = "long.run"
gas_limit = 4_000_000_000
"#,
];

#[test]
fn the_second_interrupt_ends_the_process_and_leaves_the_candidate() {
    let folder = scratch("fuzz-long");
    let scenario = folder.join("long.toml");
    std::fs::write(folder.join("long.wat"), LONG[0]).expect("the contract");
    let text = LONG[1].to_owned() + &LONG[2].repeat(100);
    std::fs::write(&scenario, text).expect("the scenario");
    let scenario = scenario.to_string_lossy();
    let out = "fuzz-second-interrupt";
    let mut child = search(out, &["det", &scenario, "--worlds", "untraced"]);
    let said = wait_for_words(&mut child);
    let interrupt = |child: &Child| kill_process(Pid::from_child(child), Signal::INT);
    interrupt(&child).expect("it runs");
    std::thread::sleep(Duration::from_millis(300));
    let ended = child.try_wait().expect("it can be asked");
    assert!(ended.is_none(), "the candidate is still under way");
    interrupt(&child).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let said = said.join().expect("it says no more");
    assert_eq!(said.matches("interrupted: ").count(), 1, "{said}");
    assert!(output.stdout.is_empty(), "there is no report: {output:?}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(out);
    let left = std::fs::read_dir(folder).expect("the folder is there");
    let names = left.map(|entry| entry.expect("an entry").file_name());
    let mut names = names.map(|name| name.to_string_lossy().into_owned());
    assert!(names.any(|name| name.starts_with("under-way-") && name.ends_with(".toml")));
}

/// Whether a process has children, as the kernel lists them.
fn has_children(process: u32) -> bool {
    let processes = std::fs::read_dir("/proc").expect("there is /proc");
    let stats = processes.filter_map(|entry| {
        let stat: &Path = &entry.ok()?.path().join("stat");
        std::fs::read_to_string(stat).ok()
    });
    let parent = process.to_string();
    stats.into_iter().any(|stat| {
        // The name, in parentheses, may have anything in it; the state and the parent follow.
        let after = stat.rsplit(')').next().unwrap_or_default();
        after.split_ascii_whitespace().nth(1) == Some(parent.as_str())
    })
}

#[test]
fn an_interrupt_of_the_whole_group_is_no_difference_of_a_world_in_another_process() {
    let arguments = [
        "det",
        "contracts/scenarios/token.toml",
        "--worlds",
        "fresh-process",
    ];
    let mut child = search("fuzz-group", &arguments);
    wait_for_words(&mut child);
    while !has_children(child.id()) {
        std::thread::sleep(Duration::from_millis(1));
        let ended = child.try_wait().expect("it can be asked");
        assert!(ended.is_none(), "it ended before any process began");
    }
    kill_process_group(Pid::from_child(&child), Signal::INT).expect("it runs");
    let (code, document) = ended(child);
    assert_eq!(code, Some(0), "{document:#?}");
    assert_eq!(document["interrupted"], true, "{document:#?}");
    assert!(document["finding"].is_null(), "{document:#?}");
}

/// Over after one candidate.
pub(crate) struct One;

impl Control for One {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        statistics.candidates >= 1
    }
}

/// A program that fails gives no answer: only a want of memory would excuse that.
#[test]
fn a_process_that_fails_is_a_difference_also_where_memory_is_little() {
    use lockstep_cli::{base_engine, fuzz_det, load, standard_worlds};

    let scenario = load(&root().join(SCENARIO), SCENARIO).expect("a scenario");
    for name in ["low-memory", "fresh-process"] {
        let program = Some("/bin/false".into());
        let mut worlds = standard_worlds(&base_engine(), &[], program);
        worlds.retain(|world| world.name() == name);
        let report = fuzz_det(&scenario, &base_engine(), &mut worlds, 1, None, &mut One);
        let finding = report.expect("a report").finding.expect("a finding");
        let place = finding.place.expect("it shows every time");
        assert!(place.other.contains("exit status: 1"), "{place:#?}");
    }
}

/// The second interrupt takes the process of a world along, which a terminal's does not meet.
#[test]
fn the_second_interrupt_ends_the_process_of_a_world_too() {
    let folder = scratch("fuzz-hangs");
    let (program, begun) = (folder.join("hangs"), folder.join("begun"));
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = \"fuzz execute\" ] || exec {} \"$@\"\necho $$ > {begun}\nmv {begun} {begun}.pid\n\
         exec sleep 1000\n",
        env!("CARGO_BIN_EXE_lockstep"),
        begun = begun.display()
    );
    write_program(&program, &script);
    let world = format!("binary:{}", program.display());
    let mut child = search("fuzz-hangs-out", &["det", SCENARIO, "--worlds", &world]);
    wait_for_words(&mut child);
    let written = folder.join("begun.pid");
    while !written.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let number = std::fs::read_to_string(&written).expect("a number");
    let number = Pid::from_raw(number.trim().parse().expect("a number")).expect("a process");
    test_kill_process(number).expect("it hangs");
    for _ in 0..2 {
        kill_process(Pid::from_child(&child), Signal::INT).expect("it runs");
        std::thread::sleep(Duration::from_millis(300));
    }
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    // Whoever takes over what has no parent any more may need a moment to notice its end.
    let has_ended = || {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", number.as_raw_pid()));
        status.map_or(true, |status| status.contains(") Z "))
    };
    let ended = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        has_ended()
    });
    assert!(ended, "{number:?} still runs");
}
