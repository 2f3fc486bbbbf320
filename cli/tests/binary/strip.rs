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
    assert!(finished.stderr.contains("no source lines"));
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
    let again = lockstep_in(&folder, &["strip", "out.wasm", "-o", "out.wasm"]);
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

/// The module of a text.
fn wat_bytes(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a module")
}
