//! Every crate that we depend on carries a licence that `deny.toml` allows.

use std::collections::BTreeSet;

use cargo_metadata::MetadataCommand;

use crate::tree::{report, root};

/// The quoted strings of the list `allow` in `deny.toml`.
fn allowed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let list = text
        .split("allow = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next());
    let list = list.expect("deny.toml has a list `allow`");
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_string)
        .collect()
}

/// Whether an SPDX expression can be met with the allowed licences. `AND` binds before `OR`;
/// the expressions in use need no more than that.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" OR ").any(|option| {
        option
            .split(" AND ")
            .all(|licence| allowed.contains(licence.trim()))
    })
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let allowed = allowed();
    assert!(is_met("MIT OR Apache-2.0", &allowed));
    assert!(!is_met("GPL-3.0-only", &allowed));
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_string()])
        .exec()
        .expect("cargo metadata runs");
    let findings: Vec<String> = metadata
        .packages
        .iter()
        .filter(|package| {
            package
                .license
                .as_ref()
                .is_none_or(|licence| !is_met(licence, &allowed))
        })
        .map(|package| {
            format!(
                "{} {}: {:?}",
                package.name, package.version, package.license
            )
        })
        .collect();
    report("licences (deny.toml)", &findings);
}
