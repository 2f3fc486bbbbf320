//! Programs that are wrong in one variation of a world alone: the difference is held there while it
//! is cut down, named with it, and shown again.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use lockstep_cli::{
    Control, Finding, Scenario, Statistics, World, base_engine, cut, fuzz_det, load,
    replay_finding, standard_worlds,
};

use crate::process::{lockstep, root, scratch, write_program};

const SCENARIO: &str = "contracts/scenarios/counter.toml";
const PROGRAM: &str = env!("CARGO_BIN_EXE_lockstep");

/// A program that says of host calls that the memory had another size, where a condition of the shell
/// holds about its environment and about `$request`, what it reads. The memory is not limited then.
fn wrong_where(folder: &Path, condition: &str) -> PathBuf {
    let path = folder.join("wrong");
    let script = format!(
        r#"#!/bin/sh
if [ "$1" = --version ]; then exec {PROGRAM} --version; fi
request=$(cat)
if {condition}; then
  printf %s "$request" | sed 's/"memory_bytes":[0-9][0-9]*/"memory_bytes":null/' | {PROGRAM} "$@" |
    sed 's/"memory_pages":[0-9]*/"memory_pages":99/g'
else
  printf %s "$request" | {PROGRAM} "$@"
fi
"#
    );
    write_program(&path, &script);
    path
}

/// Never over until so many candidates were run.
struct Candidates(u64);

impl Control for Candidates {
    fn is_over(&mut self, statistics: &Statistics) -> bool {
        statistics.candidates >= self.0
    }
}

/// The world of this name, in processes of this program.
fn world(name: &str, program: &Path) -> Vec<Box<dyn World>> {
    let mut worlds = standard_worlds(&base_engine(), &[], Some(program.to_path_buf()));
    worlds.retain(|world| world.name() == name);
    assert_eq!(worlds.len(), 1, "{name}");
    worlds
}

/// Looks for a difference in a world of a program that is wrong where a condition holds, and shows
/// and cuts down once more what is found.
fn found_and_shown_again(world_name: &str, case: &str, condition: &str) -> Finding {
    let folder = scratch(&format!("fuzz-variations-{world_name}-{case}"));
    let program = wrong_where(&folder, condition);
    let base = base_engine();
    let at = |path: &str| -> Scenario {
        load(Path::new(path), path).unwrap_or_else(|failure| panic!("{failure}"))
    };
    let scenario = at(&root().join(SCENARIO).to_string_lossy());
    let mut worlds = world(world_name, &program);
    let control = &mut Candidates(400);
    let report = fuzz_det(&scenario, &base, &mut worlds, 1, Some(&folder), control);
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    let finding = report.finding.unwrap_or_else(|| panic!("{case} is found"));
    let place = finding.place.as_ref();
    let place = place.unwrap_or_else(|| panic!("{case} shows every time"));
    assert!(place.call.is_some(), "{case}: {place:#?}");
    // The code is uploaded, the contract made, and maybe something called.
    assert!(finding.transactions <= 3, "{case}: {finding:#?}");

    let written = at(finding.file.as_ref().expect("it is written"));
    let named = format!("the world {} differs", finding.world);
    assert_eq!(written.about, format!("{named} here"));
    let mut worlds = world(world_name, &program);
    let again = replay_finding(&written, &base, &mut worlds, &mut Candidates(0));
    let again = again.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(again.worlds[0].world, finding.world);
    assert!(again.worlds[0].differs, "{case}");
    let mut worlds = world(world_name, &program);
    let place = (folder.as_path(), "again");
    let again = cut(&written, (&base, &mut worlds), place, &mut Candidates(0));
    assert_eq!(again.expect("it is cut down").shows, named);
    finding
}

/// The end of the name of the world, behind its variation's separator.
fn variation(finding: &Finding) -> &str {
    finding.world.split_once('#').expect("a variation").1
}

#[test]
fn what_shows_in_one_environment_alone_is_held_in_it() {
    for (name, condition) in [
        ("kathmandu", r#"[ "$TZ" = Asia/Kathmandu ]"#),
        ("st-johns", r#"[ "$TZ" = America/St_Johns ]"#),
        ("arabic", r#"[ "$MALLOC_ARENA_MAX" = 1 ]"#),
        ("backtrace", r#"[ "$RUST_BACKTRACE" = full ]"#),
    ] {
        let finding = found_and_shown_again("fresh-process", name, condition);
        assert_eq!(variation(&finding), name);
        let variable = condition.split('"').nth(1).expect("a variable");
        let variable = format!("{}=", variable.trim_start_matches('$'));
        assert!(finding.about.contains(&variable), "{}", finding.about);
    }
}

#[test]
fn what_shows_at_one_limit_of_memory_alone_is_held_at_it() {
    for mebibytes in [1, 6, 24, 64, 256] {
        let bytes = mebibytes << 20;
        let pattern = format!(r#"*'"memory_bytes":{bytes}}}'*"#);
        let condition = format!(r#"case "$request" in {pattern}) true ;; *) false ;; esac"#);
        let case = format!("{mebibytes}MiB");
        let finding = found_and_shown_again("low-memory", &case, &condition);
        let limit = variation(&finding).split_once('-').expect("an environment");
        assert_eq!(limit.0, case);
    }
}

/// Both at once: neither the environment nor the limit alone is enough.
#[test]
fn what_shows_at_one_limit_in_one_environment_is_held_in_both() {
    let condition = r#"[ "$RUST_LOG" = trace ] &&
        case "$request" in *'"memory_bytes":67108864}'*) true ;; *) false ;; esac"#;
    let finding = found_and_shown_again("low-memory", "both", condition);
    assert_eq!(variation(&finding), "64MiB-backtrace");
}

/// A program that asks what year it is differs in the world with another clock, and in no other.
#[test]
fn what_goes_by_the_clock_shows_in_the_world_with_another_one() {
    let condition = r#"[ "$(date +%Y)" -lt 2010 ]"#;
    let faketime = std::process::Command::new("faketime")
        .arg("--version")
        .output();
    if !faketime.is_ok_and(|output| output.status.success()) {
        // What `eprintln!` says in a test that passes is not shown.
        let words = "no program that changes the clock: `faketime` is not installed";
        let _ = writeln!(std::io::stderr(), "{words}");
        return;
    }
    let finding = found_and_shown_again("other-clock", "year", condition);
    assert_eq!(variation(&finding), "kathmandu", "the first");
    let folder = scratch("fuzz-variations-no-clock");
    let program = wrong_where(&folder, condition);
    let scenario = load(&root().join(SCENARIO), SCENARIO).expect("a scenario");
    let mut worlds = standard_worlds(&base_engine(), &[], Some(program));
    worlds.retain(|world| ["fresh-process", "fixed-layout"].contains(&world.name().as_str()));
    let control = &mut Candidates(40);
    let report = fuzz_det(&scenario, &base_engine(), &mut worlds, 1, None, control);
    let report = report.expect("a report");
    assert_eq!(report.finding, None);
    assert!(
        report
            .statistics
            .worlds
            .iter()
            .all(|world| world.executions > 1)
    );
}

#[test]
fn the_command_that_the_report_prints_shows_the_difference_again() {
    let folder = scratch("fuzz-variations-printed");
    let out = folder.join("out").to_string_lossy().into_owned();
    let program = wrong_where(&folder, r#"[ "$RUST_BACKTRACE" = full ]"#);
    let world = format!("binary:{}", program.display());
    let found = lockstep(&[
        "fuzz", "det", SCENARIO, "--runs", "40", "--worlds", &world, "--out", &out,
    ]);
    assert_eq!(found.code, 7, "{found:#?}");
    let mut lines = found.stdout.lines();
    let printed = lines.find_map(|line| line.strip_prefix("  replay:  lockstep "));
    let printed: Vec<&str> = printed.expect("a command").split(' ').collect();
    let held = format!("{world}#backtrace");
    assert_eq!(printed.last(), Some(&held.as_str()), "{printed:?}");
    let again = lockstep(&printed);
    assert_eq!(again.code, 7, "{again:#?}");
    assert!(again.stdout.contains("first host call"), "{again:#?}");

    let file = printed[2];
    let replay = |world: &str| lockstep(&["fuzz", "replay", file, "--worlds", world]);
    let any = replay(&world);
    assert_eq!(any.code, 7, "{any:#?}");
    assert!(any.stdout.contains(&held), "{any:#?}");
    assert_eq!(replay(&format!("{world}#kathmandu")).code, 0);
    let tmin = [
        "fuzz", "tmin", file, "--worlds", &held, "--out", &out, "--json",
    ];
    let tmin = lockstep(&tmin).json();
    assert_eq!(tmin["shows"], format!("the world {held} differs"));

    let none = replay(&format!("{world}#backtrack"));
    assert_eq!(none.code, 2);
    assert!(
        none.stderr.contains("did you mean") && none.stderr.contains(&held),
        "{}",
        none.stderr
    );
}

#[test]
fn every_variation_that_is_listed_can_be_chosen() {
    let listed = lockstep(&["fuzz", "worlds", "--json"]).json();
    let worlds = listed["worlds"].as_array().expect("worlds");
    let names = worlds.iter().flat_map(|world| {
        let name = world["name"].as_str().expect("a name");
        let variations = world["variations"].as_array().expect("a list").iter();
        variations.map(move |variation| {
            let variation = variation["name"].as_str().expect("a name");
            format!("{name}#{variation}")
        })
    });
    let names: Vec<String> = names.collect();
    for known in [
        "fresh-process#arabic",
        "low-memory:wasmi1#24MiB-st-johns",
        "heap#0",
    ] {
        assert!(names.iter().any(|name| name == known), "{names:?}");
    }
    // One of each world, and the last of one.
    let chosen =
        "fresh-process#backtrace,low-memory:wasmi1#256MiB-kathmandu,heap:wasmi1#15,untraced";
    let replayed = lockstep(&["fuzz", "replay", SCENARIO, "--worlds", chosen]);
    assert_eq!(replayed.code, 0, "{replayed:#?}");
    assert_eq!(replayed.stdout.matches("the same").count(), 4);
}
