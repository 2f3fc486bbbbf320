//! `lockstep strip`: what is left, the sidecar, and what can be wrong.

use std::fs;

use crate::process::{lockstep_in, scratch};

#[test]
fn stripping_keeps_the_code_and_writes_the_sidecar() {
    let folder = scratch("strip");
    let text = r#"(module (@custom "keep" "me") (@custom "producers" "x")
        (func $_ZN4demo3addE (export "add")))"#;
    fs::write(folder.join("in.wasm"), wat_bytes(text)).expect("a file");
    let finished = lockstep_in(&folder, &["strip", "in.wasm", "-o", "out.wasm", "--json"]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let settings = "build it with debug = \"line-tables-only\" and strip = \"none\"";
    assert!(finished.stderr.contains(settings), "{}", finished.stderr);
    let document = finished.json();
    assert_eq!(document["schema"], "lockstep.strip/1");
    assert_eq!(document["functions"], 1);
    let sidecar = folder.join(document["sidecar"].as_str().expect("a path"));
    assert!(
        fs::read(&sidecar)
            .expect("the sidecar")
            .starts_with(b"lockstep.debug/1")
    );
    let stripped = fs::read(folder.join("out.wasm")).expect("the output");
    assert_eq!(
        Some(stripped.len() as u64),
        document["output_bytes"].as_u64()
    );

    let before = fs::read(&sidecar).expect("the sidecar");
    let again = lockstep_in(&folder, &["strip", "out.wasm", "-o", "again.wasm"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(again.stdout.contains("kept as it was"), "{}", again.stdout);
    assert_eq!(fs::read(&sidecar).expect("the sidecar"), before);

    fs::write(folder.join("bad.wasm"), b"\0asm\x01\0\0\0\x0a").expect("a file");
    let finished = lockstep_in(&folder, &["strip", "bad.wasm", "-o", "out.wasm"]);
    assert_eq!(finished.code, 3);
    assert!(
        finished
            .stderr
            .starts_with("error[module-unreadable]: bad.wasm cannot be stripped")
    );
    assert_eq!(
        fs::read(folder.join("out.wasm")).expect("the output"),
        stripped
    );
}

#[test]
fn a_folder_that_is_not_there_is_not_made_for_the_module() {
    let folder = scratch("strip_no_folder");
    fs::write(folder.join("in.wasm"), wat_bytes("(module)")).expect("a file");
    let finished = lockstep_in(&folder, &["strip", "in.wasm", "-o", "missing/out.wasm"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    let told = "error[file-unwritable]: cannot write missing/out.wasm: there is no such folder\n";
    assert!(finished.stderr.starts_with(told), "{}", finished.stderr);
    assert!(!folder.join("missing").exists());
    let in_file = ["strip", "in.wasm", "-o", "out.wasm", "--debug", "in.wasm"];
    let finished = lockstep_in(&folder, &in_file);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    let told = "error[file-unwritable]: cannot write in.wasm: it is not a folder\n\
                help: name a folder ";
    assert!(finished.stderr.starts_with(told), "{}", finished.stderr);
    let both = ["strip", "in.wasm", "-o", "out", "--debug", "out"];
    let finished = lockstep_in(&folder, &both);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    let told = "error[output-is-input]: out is another output as well\n";
    assert!(finished.stderr.starts_with(told), "{}", finished.stderr);
    assert!(!folder.join("out").exists());
}

/// What a module lacks that was stripped in part is still in the sidecar.
#[test]
fn a_poorer_module_takes_nothing_from_the_sidecar() {
    let folder = scratch("strip_poorer");
    let rich = r#"(module (func $add (export "add")) (func $sub (export "sub")))"#;
    let poor = r#"(module (func $add (export "add")) (func (export "sub")))"#;
    for (name, text) in [("rich.wasm", rich), ("poor.wasm", poor)] {
        fs::write(folder.join(name), wat_bytes(text)).expect("a file");
    }
    let first = lockstep_in(&folder, &["strip", "rich.wasm", "-o", "out.wasm", "--json"]).json();
    let sidecar = folder.join(first["sidecar"].as_str().expect("a path"));
    let before = fs::read(&sidecar).expect("the sidecar");
    let second = lockstep_in(&folder, &["strip", "poor.wasm", "-o", "out.wasm", "--json"]).json();
    assert_eq!(second["sidecar"], first["sidecar"]);
    assert_eq!(second["functions"], 1);
    assert_eq!(second["sidecar_kept"], true);
    assert_eq!(fs::read(&sidecar).expect("the sidecar"), before);
}

#[test]
fn the_input_is_not_replaced() {
    let folder = scratch("strip_input");
    let bytes = wat_bytes(r#"(module (func $add (export "add")))"#);
    fs::write(folder.join("in.wasm"), &bytes).expect("a file");
    let finished = lockstep_in(&folder, &["strip", "in.wasm", "-o", "./in.wasm"]);
    assert_eq!(finished.code, 2, "{finished:#?}");
    assert!(finished.stderr.starts_with("error[output-is-input]"));
    assert_eq!(fs::read(folder.join("in.wasm")).expect("the input"), bytes);
    assert!(!folder.join("debug").exists());
}

/// The module of a text.
fn wat_bytes(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module")
}
