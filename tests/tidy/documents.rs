//! The documents: what they link to exists, and the commands of the README are real.

use crate::tree::{files, report, root};

/// The targets of Markdown links in `text` that point into the repository: a file, empty for this one,
/// and a heading in it.
fn local_links(text: &str) -> Vec<(&str, Option<&str>)> {
    let targets = text.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://"))
        .map(|target| match target.split_once('#') {
            Some((file, heading)) => (file, Some(heading)),
            None => (target, None),
        })
        .collect()
}

/// What links call the headings of a document.
fn headings(text: &str) -> impl Iterator<Item = String> + '_ {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ => letter.is_alphanumeric().then_some(letter),
        });
        kept.collect()
    })
}

#[test]
fn links_between_documents_hold() {
    let mut findings = Vec::new();
    for file in files() {
        let Some(text) = &file.text else { continue };
        if file.extension() != "md" {
            continue;
        }
        let here = root().join(&file.path);
        for (target, heading) in local_links(text) {
            let there = match target.is_empty() {
                true => here.clone(),
                false => here.with_file_name("").join(target),
            };
            if !there.exists() {
                findings.push(format!("{}: no file {target}", file.path));
            } else if let Some(heading) = heading {
                let document = std::fs::read_to_string(there).expect("a document");
                if headings(&document).all(|name| name != heading) {
                    findings.push(format!("{}: no heading {target}#{heading}", file.path));
                }
            }
        }
    }
    report("links in documents", &findings);
}

#[test]
fn the_documents_that_the_house_promises_are_there() {
    let promised = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "docs/bundle.md",
        "docs/contract-abi.md",
        "docs/determinism.md",
        "docs/fuzzing.md",
        "docs/gas.md",
        "docs/scenarios.md",
        "docs/state-trie.md",
        "docs/store.md",
    ];
    let missing: Vec<String> = promised
        .into_iter()
        .filter(|path| !root().join(path).is_file())
        .map(str::to_string)
        .collect();
    report("promised documents", &missing);
}

#[test]
fn the_gate_runs_the_readmes_test_command() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let gate = std::fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    for command in [
        "cargo run --release -- run contracts/scenarios/token.toml",
        "cargo test --workspace",
    ] {
        assert!(readme.contains(command), "README.md lacks `{command}`");
        assert!(gate.contains(command), ".ci/run does not run `{command}`");
    }
}

#[test]
fn the_readme_shows_the_first_contract_as_it_is() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("a file");
    let readme = read("README.md");
    for (language, path) in [
        ("rust", "contracts/examples/counter/src/lib.rs"),
        ("toml", "contracts/scenarios/counter.toml"),
    ] {
        let shown = format!("```{language}\n{}```", read(path));
        assert!(readme.contains(&shown), "README.md does not show {path}");
    }
    let manifest = read("contracts/examples/Cargo.toml");
    let profile = manifest.split_once("[profile.release]");
    let profile = profile.expect("the examples have a profile").1;
    assert!(
        readme.contains(&format!("[profile.release]{profile}```")),
        "README.md shows another profile than contracts/examples has"
    );
}

/// The names in `text` that are set as code and look like `path/file.rs` or `path/file.rs::test`.
fn named_tests(text: &str) -> Vec<(String, Option<String>)> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') && name.contains(".rs"))
        .map(|name| match name.split_once("::") {
            Some((path, test)) => (path.to_string(), Some(test.to_string())),
            None => (name.to_string(), None),
        })
        .collect()
}

#[test]
fn the_files_and_tests_that_documents_name_exist() {
    let mut findings = Vec::new();
    for document in files() {
        let Some(text) = &document.text else { continue };
        // A fixture tells of files of its own.
        if document.extension() != "md" || document.path.contains("/fixtures/") {
            continue;
        }
        let folder = root().join(&document.path).with_file_name("");
        for (file, test) in named_tests(text) {
            let source = [root().join(&file), folder.join(&file)];
            let source = source
                .iter()
                .find_map(|path| std::fs::read_to_string(path).ok());
            let Some(source) = source else {
                findings.push(format!("{}: no file {file}", document.path));
                continue;
            };
            if let Some(test) = test
                && !source.contains(&format!("fn {test}("))
            {
                findings.push(format!("{}: no test {test} in {file}", document.path));
            }
        }
    }
    report("files and tests that documents name", &findings);
}

/// The table of engines says which version is pinned of each; so do the manifests.
#[test]
fn the_engines_versions_are_those_of_the_manifests() {
    let read = |path| std::fs::read_to_string(root().join(path)).expect("a file of the project");
    let document = read("docs/determinism.md");
    let manifests = read("Cargo.toml") + &read("fuzz/wasmer/Cargo.toml");
    let pinned = document
        .lines()
        .filter_map(|line| line.split_once(", pinned"));
    let versions = pinned.filter_map(|(before, _)| before.split(' ').next_back());
    let versions: Vec<&str> = versions.collect();
    assert!(versions.len() > 4, "{versions:?}");
    let unknown = versions.iter();
    let unknown = unknown.filter(|version| !manifests.contains(&format!("\"={version}\"")));
    let findings: Vec<String> = unknown
        .map(|version| format!("docs/determinism.md: {version} is pinned nowhere"))
        .collect();
    report("versions of engines", &findings);
}
