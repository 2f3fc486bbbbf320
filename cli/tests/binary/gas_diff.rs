//! `lockstep gas diff` on documents with numbers of their own, which no price changes.

use std::fs;

use crate::process::{assert_matches, lockstep, lockstep_in, root, scratch};

/// Pairs of documents, and the name of what is printed of them: `NAME.stdout` and `NAME.md`.
const PAIRS: [(&str, &str, &str); 3] = [
    ("steps", "steps_old.txt", "steps_new.txt"),
    ("methods", "methods_old.json", "methods_new.json"),
    ("lines", "lines_old.json", "lines_new.json"),
];

#[test]
fn documents_of_every_kind_are_compared() {
    let folder = root().join("tests/fixtures/gas");
    for (name, old, new) in PAIRS {
        for (option, shown) in [(None, "stdout"), (Some("--md"), "md")] {
            let mut arguments = vec!["gas", "diff", old, new];
            arguments.extend(option);
            let finished = lockstep_in(&folder, &arguments);
            assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{name}");
            assert_matches(&folder.join(format!("{name}.{shown}")), &finished.stdout);
        }
        let document = lockstep_in(&folder, &["gas", "diff", old, new, "--json"]).json();
        assert_eq!(document["schema"], "lockstep.gas-diff/1");
        let rows = document["rows"].as_array().expect("a list");
        let changes: i64 = rows.iter().filter_map(|row| row["change"].as_i64()).sum();
        let total = |member: &str| document[member].as_i64().expect("a number");
        assert_eq!(changes, total("total_new") - total("total_old"), "{name}");
        let same = lockstep_in(&folder, &["gas", "diff", old, old]);
        assert!(same.stdout.contains("(0, 0.00%); 0 "), "{}", same.stdout);
    }
}

#[test]
fn what_the_commands_write_can_be_compared() {
    let folder = scratch("diff_written");
    let token = root().join("contracts/scenarios/token.toml");
    let token = token.to_str().expect("UTF-8");
    let report = lockstep(&["gas", "report", token, "--json"]).stdout;
    let run = lockstep(&["run", token, "--json"]).stdout;
    fs::write(folder.join("report.json"), report).expect("the file can be written");
    fs::write(folder.join("run.json"), run).expect("the file can be written");
    let written = lockstep_in(
        &folder,
        &["gas", "snapshot", token, "--file", "snapshot.txt"],
    );
    assert_eq!(written.code, 0, "{}", written.stderr);
    for (old, new) in [("report.json", "report.json"), ("snapshot.txt", "run.json")] {
        let finished = lockstep_in(&folder, &["gas", "diff", old, new]);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        assert!(
            finished.stdout.contains("(0, 0.00%); 0 "),
            "{}",
            finished.stdout
        );
    }
}

/// A step is known by the name that its scenario states, whatever the file is called.
#[test]
fn a_scenario_is_known_by_its_name_in_snapshots_and_runs() {
    let folder = scratch("diff_names");
    let text = fs::read_to_string(root().join("contracts/scenarios/counter.toml")).expect("a file");
    let text = text.replace(
        "\"../",
        &format!("\"{}/", root().join("contracts").display()),
    );
    for file in ["first.toml", "second.toml"] {
        fs::write(folder.join(file), &text).expect("a file");
        let snapshot = file.replace("toml", "txt");
        let taken = lockstep_in(&folder, &["gas", "snapshot", file, "--file", &snapshot]);
        assert_eq!((taken.code, taken.stderr.as_str()), (0, ""));
    }
    let run = lockstep_in(&folder, &["run", "second.toml", "--json"]).stdout;
    fs::write(folder.join("run.json"), run).expect("a file");
    for new in ["second.txt", "run.json"] {
        let diff = lockstep_in(&folder, &["gas", "diff", "first.txt", new]);
        assert!(
            diff.stdout.contains("(0, 0.00%); 0 steps changed"),
            "{diff:#?}"
        );
    }
    let both = [
        "gas",
        "snapshot",
        "first.toml",
        "second.toml",
        "--file",
        "both.txt",
    ];
    let refused = lockstep_in(&folder, &both);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (2, ""),
        "{refused:#?}"
    );
    let said = "by their `name`, and that of second.toml, \"counter\", is that of another of them";
    assert!(refused.stderr.contains(said), "{refused:#?}");
    fs::write(
        folder.join("spaced.toml"),
        text.replacen("\"counter\"", "\"a counter\"", 1),
    )
    .expect("a file");
    let refused = lockstep_in(&folder, &["gas", "snapshot", "spaced.toml"]);
    assert_eq!(
        (refused.code, refused.stdout.as_str()),
        (2, ""),
        "{refused:#?}"
    );
    assert!(
        refused.stderr.contains("\"a counter\", has spaces"),
        "{refused:#?}"
    );
}

/// The head of a comparison of profiles is the gas of the receipts, and the rows lead from one to
/// the other.
#[test]
fn profiles_are_compared_whole() {
    let folder = scratch("diff_profiles");
    let mut totals = Vec::new();
    for name in ["token", "edges"] {
        let scenario = format!("contracts/scenarios/{name}.toml");
        let profile = lockstep(&["gas", "profile", &scenario, "--json"]).stdout;
        fs::write(folder.join(name), profile).expect("the file can be written");
        let report = lockstep(&["gas", "report", &scenario, "--json"]).json();
        totals.push(report["sums"]["receipts"].as_i64().expect("a number"));
    }
    let diff = lockstep_in(&folder, &["gas", "diff", "token", "edges", "--json"]).json();
    assert_eq!(diff["total_old"].as_i64(), Some(totals[0]));
    assert_eq!(diff["total_new"].as_i64(), Some(totals[1]));
    let rows = diff["rows"].as_array().expect("rows");
    let change: i64 = rows.iter().filter_map(|row| row["change"].as_i64()).sum();
    assert_eq!(change, totals[1] - totals[0]);
    let named = |name: &str| {
        rows.iter()
            .any(|row| row["name"].as_str().is_some_and(|it| it.contains(name)))
    };
    assert!(named("@gold.transfer ") && named("(load @gold)") && named("(intrinsic)"));
}

/// A step is the same whatever it is called, and its name is shown whole.
#[test]
fn renamed_steps_are_the_same_steps() {
    let folder = scratch("diff_renamed");
    let step = |name: &str, gas: u64| serde_json::json!({"number": 1, "name": name, "receipt": {"gas": {"used": gas}}});
    let run = |name: &str, gas: u64| {
        let block = serde_json::json!({"height": 1, "transactions": [step(name, gas)]});
        let run = serde_json::json!({
            "schema": "lockstep.run/1", "scenario": "s", "blocks": [block]
        });
        run.to_string()
    };
    for (old, new, shown) in [
        (run("pay", 5), run("send", 7), "s 1.1 pay -> send"),
        (run("pay", 5), run("pay", 7), "s 1.1 pay"),
        (
            run("say \"a\"", 5),
            run("say \"a\"", 7),
            "s 1.1 say \\\"a\\\"",
        ),
    ] {
        fs::write(folder.join("old.json"), old).expect("a file");
        fs::write(folder.join("new.json"), new).expect("a file");
        let diff = lockstep_in(&folder, &["gas", "diff", "old.json", "new.json", "--json"]).json();
        let rows = diff["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), 1, "{diff}");
        assert_eq!(rows[0]["name"], shown);
        assert_eq!(rows[0]["change"], 2);
    }
    fs::write(folder.join("old.json"), run("pay", 5)).expect("a file");
    fs::write(folder.join("new.json"), run("send", 5)).expect("a file");
    let diff = lockstep_in(&folder, &["gas", "diff", "old.json", "new.json", "--json"]).json();
    assert_eq!(diff["unchanged"], 1);
}

#[test]
fn unlike_things_are_not_compared() {
    let folder = root().join("tests/fixtures/gas");
    let finished = lockstep_in(
        &folder,
        &["gas", "diff", "steps_old.txt", "methods_new.json"],
    );
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    let message = "steps_old.txt has gas by step, and methods_new.json by method";
    assert!(finished.stderr.contains(message), "{}", finished.stderr);
    let without_lines = scratch("diff_unlike").join("no_lines.json");
    let profile = r#"{"schema": "lockstep.gas-profile/1", "gas": {"total": 7},
        "stacks": [{"frames": ["f"], "kinds": ["function"], "gas": 7}]}"#;
    fs::write(&without_lines, profile).expect("a file");
    let without_lines = without_lines.to_str().expect("UTF-8");
    let finished = lockstep_in(&folder, &["gas", "diff", "lines_old.json", without_lines]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    let message = "no_lines.json has no source lines, and the other profile has";
    assert!(finished.stderr.contains(message), "{}", finished.stderr);
    assert!(finished.stderr.contains("--debug"), "{}", finished.stderr);
    assert_eq!(
        lockstep(&["gas", "diff", "a", "b", "--md", "--json"]).code,
        2
    );
}

#[test]
fn damaged_documents_are_explained() {
    let folder = scratch("diff_damaged");
    let good = root().join("tests/fixtures/gas/methods_old.json");
    let good = good.to_str().expect("UTF-8");
    let whole = fs::read_to_string(good).expect("the document");
    let half = whole.get(..whole.len() / 2).expect("a part");
    for (text, part) in [
        (half, "cut off"),
        (
            "{\"schema\": \"lockstep.check/1\"}",
            "schema \"lockstep.check/1\"",
        ),
        (
            "{\"schema\": \"lockstep.gas-report/1\"}",
            "missing field `methods`",
        ),
        (
            "{\"schema\": \"lockstep.gas-report/1\", \"methods\": 7}",
            "invalid type",
        ),
        (
            "{\"schema\": \"lockstep.gas-profile/1\", \"gas\": {\"total\": 7}, \"stacks\": []}",
            "limit 7, actual 0",
        ),
        (
            "{\"schema\": \"lockstep.gas-profile/1\", \"gas\": {\"total\": 18446744073709551615}, \
             \"stacks\": [{\"frames\": [], \"kinds\": [], \"gas\": 18446744073709551615}, \
             {\"frames\": [], \"kinds\": [], \"gas\": 1}]}",
            "limit 18_446_744_073_709_551_615, actual 18_446_744_073_709_551_616",
        ),
        ("{}", "missing field `schema`"),
        ("nonsense", "error[snapshot-syntax]"),
        ("", "error[snapshot-syntax]"),
    ] {
        let file = folder.join("damaged.json");
        fs::write(&file, text).expect("the file can be written");
        let finished = lockstep_in(&folder, &["gas", "diff", good, "damaged.json"]);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{text}");
        assert!(
            finished.stderr.contains(part),
            "{text}: {}",
            finished.stderr
        );
        assert!(finished.stderr.contains("help: "), "{}", finished.stderr);
    }
    let finished = lockstep_in(&folder, &["gas", "diff", good, "absent.json"]);
    assert_eq!(finished.code, 2);
    assert!(
        finished.stderr.contains("no such file"),
        "{}",
        finished.stderr
    );
}
