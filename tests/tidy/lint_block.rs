//! The consensus crates carry the same block of lints, word for word, and no `unsafe`.

use crate::tree::{report, root};

const CONSENSUS_CRATES: [&str; 4] = ["contracts/abi", "gas-meter", "state-trie", "vm"];

const BLOCK: &str = "#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]
";

#[test]
fn consensus_crates_carry_the_lint_block() {
    let mut findings = Vec::new();
    for folder in CONSENSUS_CRATES {
        let path = root().join(folder).join("src/lib.rs");
        let text = std::fs::read_to_string(&path).expect("a consensus crate has a lib.rs");
        if !text.contains(BLOCK) {
            findings.push(format!("{folder}/src/lib.rs lacks the block of lints"));
        }
    }
    report("lints of the consensus crates", &findings);
}

#[test]
fn every_package_takes_the_workspace_lints() {
    let mut findings = Vec::new();
    for file in crate::tree::files() {
        let ours = !file.path.starts_with("contracts/examples/");
        let Some(text) = &file.text else { continue };
        if ours && file.name() == "Cargo.toml" && text.contains("[package]") {
            let lints = text.contains("[lints]\nworkspace = true");
            if !lints {
                findings.push(format!(
                    "{} does not take [lints] from the workspace",
                    file.path
                ));
            }
        }
    }
    report("workspace lints", &findings);
}
