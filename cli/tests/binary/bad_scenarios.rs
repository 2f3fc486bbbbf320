//! `lockstep run` on scenarios with mistakes: every mistake with its place and its fix, exit
//! code 2, and nothing executed. Each file of `tests/fixtures/scenarios` has the text that it
//! leads to beside it.

use std::fs;

use crate::process::{assert_matches, lockstep_in, root, scratch};

/// The fixtures: `NAME.toml` and, beside it, what stderr says in `NAME.stderr`.
const FIXTURES: [&str; 20] = [
    "action",
    "arguments",
    "contradictions",
    "date",
    "expectations",
    "expectation_type",
    "files",
    "hex",
    "large_number",
    "missing_key",
    "names",
    "numbers",
    "schema",
    "syntax",
    "table",
    "taken",
    "unknown_key",
    "unknown_names",
    "unknown_table",
    "wrong_type",
];

#[test]
fn every_kind_of_mistake_is_explained_at_its_place() {
    let folder = root().join("tests/fixtures/scenarios");
    for name in FIXTURES {
        let file = format!("{name}.toml");
        let finished = lockstep_in(&folder, &["run", &file]);
        let ending = (finished.code, finished.stdout.as_str());
        assert_eq!(ending, (2, ""), "{name}: {}", finished.stderr);
        for part in ["error[", "--> ", "help: "] {
            assert!(
                finished.stderr.contains(part),
                "{name}: {}",
                finished.stderr
            );
        }
        assert_matches(&folder.join(format!("{name}.stderr")), &finished.stderr);

        let document = lockstep_in(&folder, &["run", &file, "--json"]).json();
        assert_eq!(document["schema"], "lockstep.error/1", "{name}");
        let errors = document["errors"].as_array().expect("a list");
        assert_eq!(
            errors.len(),
            finished.stderr.matches("error[").count(),
            "{name}"
        );
        for error in errors {
            let line = error["place"]["line"].as_u64().expect("a line");
            assert!(
                finished.stderr.contains(&format!("--> {file}:{line}:")),
                "{name}"
            );
        }
    }
}

#[test]
fn every_fixture_is_tested() {
    let entries = fs::read_dir(root().join("tests/fixtures/scenarios")).expect("the fixtures");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let scenarios = paths.filter(|path| path.extension().is_some_and(|it| it == "toml"));
    assert_eq!(scenarios.count(), FIXTURES.len());
}

#[test]
fn a_scenario_with_a_mistake_writes_nothing() {
    let folder = scratch("mistake");
    let observations = folder.join("observations.txt");
    let path = observations.to_str().expect("UTF-8");
    let scenario = "tests/fixtures/scenarios/action.toml";
    let finished = lockstep_in(&root(), &["run", scenario, "--observations", path]);
    assert_eq!(finished.code, 2);
    assert!(!observations.exists());
}

#[test]
fn files_that_are_no_text_or_too_large_are_refused() {
    let folder = scratch("files");
    let file = folder.join("scenario.toml");
    fs::write(&file, [b'a', 0xff, 0xfe]).expect("the file can be written");
    let finished = lockstep_in(&folder, &["run", "scenario.toml"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("not UTF-8: byte 1"),
        "{}",
        finished.stderr
    );
    fs::write(&file, vec![b'#'; (4 << 20) + 1]).expect("the file can be written");
    let finished = lockstep_in(&folder, &["run", "scenario.toml"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("error[file-too-large]"),
        "{}",
        finished.stderr
    );
    assert!(
        finished
            .stderr
            .contains("limit 4_194_304 bytes, actual 4_194_305 bytes"),
        "{}",
        finished.stderr
    );
    fs::write(&file, "").expect("the file can be written");
    let finished = lockstep_in(&folder, &["run", "scenario.toml"]);
    let first_line = "begin the file with schema = \"lockstep.scenario/1\"";
    assert!(finished.stderr.contains(first_line), "{}", finished.stderr);
    let module = "contracts/artifacts/counter.wasm";
    let finished = lockstep_in(&root(), &["run", module]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    let what = format!("{module} is a module, and a scenario is needed");
    assert!(finished.stderr.contains(&what), "{}", finished.stderr);
    assert!(finished.stderr.contains("lockstep call"));
    let finished = lockstep_in(&folder, &["run", "absent.toml"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("there is no such file"),
        "{}",
        finished.stderr
    );
}

#[test]
fn values_that_nest_without_end_are_refused() {
    let folder = scratch("deep");
    let deep = format!("schema = {}", "[".repeat(100_000));
    fs::write(folder.join("deep.toml"), deep).expect("the file can be written");
    let finished = lockstep_in(&folder, &["run", "deep.toml"]);
    assert_eq!(
        finished.code,
        2,
        "{}",
        finished.stderr.chars().take(300).collect::<String>()
    );
}

/// The keys that may stand where an unknown one stands in this text.
fn known_keys(text: &str) -> Vec<String> {
    let folder = scratch("known_keys");
    fs::write(folder.join("it.toml"), text).expect("the file can be written");
    let finished = lockstep_in(&folder, &["run", "it.toml"]);
    let (_, listed) = finished
        .stderr
        .split_once("there are: ")
        .unwrap_or_else(|| panic!("{text}: {}", finished.stderr));
    listed.trim_end().split(", ").map(str::to_string).collect()
}

#[test]
fn the_document_describes_every_key() {
    let path = root().join("docs/scenarios.md");
    let document = fs::read_to_string(path).expect("the document");
    let block = "schema = \"\"\nname = \"\"\n[[block]]\n";
    let transaction = format!("{block}[[block.transaction]]\nfrom = \"a\"\n");
    let mut keys = Vec::new();
    for (text, least) in [
        ("zz = 1".to_string(), 7),
        ("schema = \"\"\nname = \"\"\n[chain]\nzz = 1".to_string(), 7),
        (format!("{block}zz = 1"), 2),
        (format!("{transaction}zz = 1"), 20),
        (format!("{transaction}expect = {{ zz = 1 }}"), 10),
        (
            format!("{transaction}expect = {{ events = [{{ zz = 1 }}] }}"),
            3,
        ),
    ] {
        let known = known_keys(&text);
        assert!(known.len() >= least, "{text}: {known:?}");
        keys.extend(known);
    }
    for key in keys {
        let forms = [
            format!("`{key}`"),
            format!("`{key} = "),
            format!("`[{key}]`"),
            format!("`[[{key}]]`"),
            format!("`[[block.{key}]]`"),
        ];
        assert!(
            forms.iter().any(|form| document.contains(form)),
            "docs/scenarios.md does not describe {key}"
        );
    }
}
