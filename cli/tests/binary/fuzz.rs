//! `lockstep fuzz`.

use crate::process::{lockstep, scratch, write_program};

#[test]
fn every_world_agrees_and_a_seed_gives_the_same_report_again() {
    let out = scratch("fuzz-counter").to_string_lossy().into_owned();
    let scenario = "contracts/scenarios/counter.toml";
    let arguments = [
        "fuzz", "det", scenario, "--runs", "12", "--out", &out, "--json",
    ];
    let finished = lockstep(&arguments);
    assert_eq!(finished.code, 0, "{finished:#?}");
    let document = finished.json();
    assert_eq!(document["schema"], "lockstep.fuzz.det/1");
    assert!(document["finding"].is_null());
    let worlds = document["statistics"]["worlds"].as_array().expect("worlds");
    assert!(worlds.len() >= 27, "{worlds:#?}");
    for world in worlds {
        assert!(world["executions"].as_u64() > Some(0), "{world:#?}");
    }
    // The worlds in other processes give an answer, as far as their memory allows.
    let fresh = worlds.iter().find(|world| world["name"] == "fresh-process");
    assert_eq!(fresh.expect("a world in a process")["stopped"], 0);
    let again = lockstep(&arguments).json();
    assert_eq!(without_stops(document), without_stops(again));
}

/// `fuzz/corpus/README.md` lists what its scenario stands for: the stack, the gas, memory up to the
/// limit where the process has too little, text of traps, the time, what a former run left.
#[test]
fn incidents_of_the_machine_come_to_the_same_in_every_world() {
    let out = scratch("fuzz-machine").to_string_lossy().into_owned();
    let scenario = "fuzz/corpus/machine.toml";
    let run = lockstep(&["run", scenario]);
    assert_eq!(run.code, 0, "{run:#?}");
    let search = ["fuzz", "det", scenario, "--out", &out, "--json", "--runs"];
    let worlds = |more: &[&str]| {
        let finished = lockstep(&[&search[..], more].concat());
        assert_eq!(finished.code, 0, "{finished:#?}");
        let document = finished.json();
        let worlds = document["statistics"]["worlds"].as_array().cloned();
        worlds.expect("worlds")
    };
    let listed = lockstep(&["fuzz", "worlds", "--json"]).json();
    let listed = listed["worlds"].as_array().expect("worlds");
    let all = worlds(&["6"]);
    assert_eq!(all.len(), listed.len());
    for world in all {
        assert!(world["executions"].as_u64() > Some(0), "{world:#?}");
    }

    // Its transactions in every environment, and with every limit of memory in each.
    let in_process = ["fresh-process", "low-memory", "other-clock"];
    let varied = listed.iter().filter(|world| {
        let name = world["name"].as_str().expect("a name");
        let kind = name.split(':').next();
        kind.is_some_and(|kind| in_process.contains(&kind))
    });
    let names = varied.flat_map(|world| {
        let variations = world["variations"].as_array().expect("a list").iter();
        let text = |value: &serde_json::Value| value.as_str().expect("a name").to_string();
        variations.map(move |one| format!("{}#{}", text(&world["name"]), text(&one["name"])))
    });
    let names = names.collect::<Vec<String>>().join(",");
    let held = worlds(&["1", "--worlds", &names]);
    let of = |kind: &str| {
        let name = |world: &serde_json::Value| world["name"].as_str().map(str::to_string);
        let worlds = held.iter();
        let of_kind = worlds.filter(|world| name(world).is_some_and(|name| name.starts_with(kind)));
        let count = |key: &str| {
            of_kind
                .clone()
                .filter_map(|world| world[key].as_u64())
                .sum()
        };
        (count("executions"), count("stopped"))
    };
    assert_eq!(of("fresh-process#"), (4, 0), "{names}");
    let natives: &[&str] = match cfg!(feature = "wasmtime") {
        true => &["low-memory:wasmtime#", "low-memory:winch#"],
        false => &[],
    };
    let interpreters = ["low-memory#", "low-memory:wasmi1#"];
    for kind in interpreters.iter().chain(natives).copied() {
        let (executions, stopped): (u64, u64) = of(kind);
        assert_eq!(executions, 20, "{names}");
        assert!(stopped < executions, "{kind}: some give an answer");
        // The contract grows its memory to 8 MiB, and where less is to be had the process stops. A
        // program with the native tier has that much to spare on an interpreter.
        let to_spare = cfg!(feature = "wasmtime") && !natives.contains(&kind);
        if cfg!(target_os = "linux") && !to_spare {
            assert!(stopped > 0, "{kind}: some have too little memory");
        }
    }
}

/// A report without how often processes stopped, which depends on the machine's memory.
fn without_stops(mut document: serde_json::Value) -> serde_json::Value {
    let worlds = document["statistics"]["worlds"].as_array_mut();
    for world in worlds.expect("worlds") {
        world["stopped"].take();
    }
    document
}

#[test]
fn a_contract_alone_is_called_by_its_abi() {
    let out = scratch("fuzz-contract").to_string_lossy().into_owned();
    let contract = "contracts/artifacts/counter.wasm";
    let worlds = "untraced,cache-cold,engine:wasmi";
    let finished = lockstep(&[
        "fuzz", "det", contract, "--runs", "40", "--worlds", worlds, "--out", &out, "--json",
    ]);
    assert_eq!(finished.code, 0, "{finished:#?}");
    let statistics = &finished.json()["statistics"];
    assert_eq!(statistics["candidates"], 40);
    assert!(
        statistics["succeeded"].as_u64() > Some(20),
        "{statistics:#?}"
    );
    assert!(statistics["corpus"].as_u64() > Some(1), "{statistics:#?}");
}

#[test]
fn worlds_are_listed_and_chosen_by_name() {
    let listed = lockstep(&["fuzz", "worlds"]);
    assert_eq!(listed.code, 0);
    for world in [
        "cache-cold",
        "fresh-instance",
        "order",
        "witness",
        "fresh-process",
        "fresh-process:wasmi1",
        "low-memory",
        "stack-small:wasmi1",
        "heap:wasmi1",
        "cache-evicting:wasmi1",
        "low-memory:wasmi1",
        "engine:wasmi",
    ] {
        assert!(listed.stdout.contains(world), "{}", listed.stdout);
    }
    let needs_program = [
        ("fixed-layout", "setarch", ["-R", "true"]),
        ("other-clock", "faketime", ["@0", "true"]),
    ];
    for (world, program, arguments) in needs_program {
        let mut command = std::process::Command::new(program);
        let works = command.args(arguments).output();
        let works = works.is_ok_and(|output| output.status.success());
        assert_eq!(listed.stdout.contains(world), works, "{}", listed.stdout);
    }
    let scenario = "contracts/scenarios/counter.toml";
    let unknown = lockstep(&["fuzz", "det", scenario, "--worlds", "cache-cool"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("error[unknown-world]"),
        "{}",
        unknown.stderr
    );
    assert!(
        unknown.stderr.contains("\"cache-cold\""),
        "{}",
        unknown.stderr
    );
}

/// Another build of the program is a world: here the same one, and one that says something else.
#[cfg(unix)]
#[test]
fn another_build_is_a_world() {
    let folder = scratch("fuzz-builds");
    let out = folder.join("out").to_string_lossy().into_owned();
    let fuzz = |program: &str| {
        let (scenario, world) = (
            "contracts/scenarios/counter.toml",
            format!("binary:{program}"),
        );
        lockstep(&[
            "fuzz", "det", scenario, "--runs", "9", "--worlds", &world, "--out", &out, "--json",
        ])
    };
    let program = env!("CARGO_BIN_EXE_lockstep");
    let same = fuzz(program);
    assert_eq!(same.code, 0, "{}", same.stderr);
    let worlds = &same.json()["statistics"]["worlds"];
    assert_eq!(worlds[0]["name"], format!("binary:{program}"));
    assert!(worlds[0]["executions"].as_u64() >= Some(3), "{worlds:#?}");

    // A build that has another size of memory when a host call ends.
    let wrong = folder.join("wrong");
    let change = r#"s/"memory_pages":[0-9]*/"memory_pages":99/g"#;
    let script = format!("#!/bin/sh\n{program} \"$@\" | sed '{change}'\n");
    write_program(&wrong, &script);
    let differs = fuzz(&wrong.to_string_lossy());
    assert_eq!(differs.code, 7, "{}", differs.stderr);
    // It tells its way, which is right.
    let segment = &differs.json()["finding"]["place"]["segment"];
    assert_eq!(segment["ways"], "same", "{segment:#}");
    assert!(segment["offset"].is_u64(), "{segment:#}");

    let missing = fuzz("/nonexistent/lockstep");
    assert_eq!(missing.code, 2);
    assert!(
        missing.stderr.contains("does not start"),
        "{}",
        missing.stderr
    );
    let other = fuzz("/bin/true");
    assert_eq!(other.code, 2);
    assert!(other.stderr.contains("is not lockstep"), "{}", other.stderr);
}

#[test]
fn a_line_says_how_far_the_search_is() {
    let out = scratch("fuzz-line").to_string_lossy().into_owned();
    let scenario = "contracts/scenarios/counter.toml";
    let finished = lockstep(&[
        "fuzz", "det", scenario, "--runs", "15", "--worlds", "untraced", "--out", &out,
    ]);
    assert_eq!(finished.code, 0, "{finished:#?}");
    let line = finished.stderr.lines().last().expect("a line");
    let words = line.replace(|letter: char| letter.is_ascii_digit() || letter == '_', "");
    let parts = [
        "s",
        " exec/s",
        " candidates",
        " edges",
        "last new s ago",
        "corpus ",
        " transactions/s",
    ];
    assert_eq!(words, parts.join(", "), "{line}");
    assert!(line.contains(" 15 candidates, "), "{line}");
}

#[test]
fn a_contract_that_is_refused_is_not_fuzzed() {
    let refused = lockstep(&["fuzz", "det", "tests/fixtures/floats.wat"]);
    assert_eq!(refused.code, 3);
    let told = "tests/fixtures/floats.wat is refused; the first of ";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
    assert!(!refused.stderr.contains("\\n"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("error[module-refused]"),
        "{}",
        refused.stderr
    );
}

/// What clang writes has no ABI: its exports are called.
#[test]
fn a_contract_without_an_abi_is_called_by_its_exports() {
    let out = scratch("fuzz-without-abi").to_string_lossy().into_owned();
    let contract = "tests/fixtures/compilers/clang.wasm";
    let corpus = format!("{out}/corpus");
    let finished = lockstep(&[
        "fuzz", "det", contract, "--runs", "60", "--worlds", "untraced", "--out", &out, "--corpus",
        &corpus, "--json",
    ]);
    assert_eq!(finished.code, 0, "{finished:#?}");
    let statistics = &finished.json()["statistics"];
    // Beyond the seed, which runs `init` alone.
    assert!(
        statistics["last_edge_at"].as_u64() > Some(0),
        "{statistics:#?}"
    );
    assert!(statistics["entered"].as_u64() > Some(40), "{statistics:#?}");
    let entries = std::fs::read_dir(&corpus).expect("a corpus");
    let scenarios = entries.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok());
    let scenarios: String = scenarios.collect();
    for method in ["add", "count"] {
        let call = format!("call = \"@target.{method}\"");
        assert!(scenarios.contains(&call), "{method}: {scenarios}");
    }
}

#[test]
fn a_search_that_enters_no_method_says_so() {
    let folder = scratch("fuzz-idle");
    let out = folder.join("out").to_string_lossy().into_owned();
    let module = folder.join("idle.wat");
    std::fs::write(&module, "(module (memory (export \"memory\") 1))").expect("a module");
    let module = module.to_string_lossy();
    let search = [
        "fuzz", "det", &module, "--runs", "20", "--worlds", "untraced", "--out", &out,
    ];
    let idle = lockstep(&search);
    assert_eq!(idle.code, 8, "{idle:#?}");
    let words = "no method of any contract was entered";
    assert!(idle.stdout.contains(words), "{idle:#?}");
    assert!(idle.stderr.contains("error[nothing-entered]"), "{idle:#?}");
    let document = lockstep(&[&search[..], &["--json"]].concat());
    assert_eq!(document.code, 8);
    assert_eq!(document.json()["statistics"]["entered"], 0);
}
