//! What the compiler says of a type that a contract cannot use: it names the way out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder in which cargo puts the libraries of this test.
fn libraries() -> PathBuf {
    let test = std::env::current_exe().expect("a test runs from a file");
    test.parent().expect("a folder").to_path_buf()
}

/// The SDK as it was built last.
fn sdk() -> PathBuf {
    let entries = fs::read_dir(libraries()).expect("cargo's folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_sdk = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with("liblockstep_sdk-") && name.ends_with(".rlib"))
    };
    let built = |path: &PathBuf| fs::metadata(path).and_then(|it| it.modified());
    let newest = paths.filter(is_sdk).max_by_key(|path| built(path).ok());
    newest.expect("the test depends on the SDK")
}

/// What the compiler says of a contract's source, which it refuses.
fn refused(name: &str, source: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("{name}.rs"));
    let source = format!("use lockstep_sdk::prelude::*;\n{source}");
    fs::write(&file, source).expect("a file");
    let compiler = std::env::var_os("RUSTC").unwrap_or("rustc".into());
    let output = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=lib", "--emit=metadata"])
        .arg(format!("-Ldependency={}", libraries().display()))
        .arg(format!("--extern=lockstep_sdk={}", sdk().display()))
        .arg("--out-dir")
        .args([folder, &file])
        .output()
        .expect("the compiler starts");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(!output.status.success(), "{name} is accepted");
    said
}

/// A contract with this method.
fn method(signature: &str) -> String {
    format!(
        "#[derive(Storage)] pub struct Own {{ item: Item<u8> }}
         #[contract] impl Own {{ pub fn method{signature} {{ panic!() }} }}"
    )
}

fn assert_says(name: &str, source: &str, parts: &[&str]) {
    let said = refused(name, source);
    for part in parts {
        assert!(said.contains(part), "{name}: no {part:?} in\n{said}");
    }
}

#[test]
fn an_error_without_data_is_told_of_data() {
    let source = format!(
        "pub enum Refusal {{ No }}\n{}",
        method("(&mut self) -> Result<(), Refusal>")
    );
    let parts = [
        "a contract's method cannot return `Result<(), Refusal>`",
        "put `#[data]` on a struct or enum of your own, that of an error too",
    ];
    assert_says("error_without_data", &source, &parts);
}

#[test]
fn types_that_no_parameter_can_have_are_told_of_others() {
    let parts = [
        "`f64` has no description for the ABI",
        "floats are refused: use integers or fixed-point numbers",
    ];
    assert_says("float", &method("(&self, rate: f64)"), &parts);
    let parts = [
        "`usize` has no description for the ABI",
        "use `u32` or `u64`",
    ];
    assert_says("usize", &method("(&self, count: usize)"), &parts);
}

#[test]
fn an_interface_is_told_the_same() {
    let source = "pub enum Refusal { No }
        #[interface] pub trait Other { fn take(&mut self) -> Result<(), Refusal>; }";
    let parts = [
        "an interface's method cannot return `Result<(), Refusal>`",
        "put `#[data]` on a struct or enum of your own",
    ];
    assert_says("interface", source, &parts);
}

#[test]
fn storage_is_told_its_fields_and_keys() {
    let source = "#[derive(Storage)] pub struct Own { count: u64 }";
    let parts = [
        "`u64` is not a field of a contract's storage",
        "write `Item<u64>`",
    ];
    assert_says("field", source, &parts);
    let source = "#[derive(Storage)] pub struct Own { all: OrderedMap<Option<u8>, u8> }";
    let parts = [
        "Option<u8>` is not a key of an `OrderedMap`",
        "keys are integers, `bool`, ids",
    ];
    assert_says("ordered_key", source, &parts);
}
