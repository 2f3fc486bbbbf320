//! What a hostile contract can make the binary keep in memory, which is limited here.

use std::fs;
use std::path::Path;

use lockstep_abi::{ABI_SECTION_NAME, ABI_VERSION, ContractAbi, EventAbi, Field, Type};
use parity_scale_codec::{Compact, Encode};

use crate::process::{Finished, lockstep_limited, scratch};
use crate::sum::method;

/// Runs the binary with so many MiB of memory.
fn with_memory(mebibytes: u64, arguments: &[&str]) -> Finished {
    lockstep_limited(&format!("-v {}", mebibytes << 10), arguments)
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.to_string(),
        ty,
    }
}

/// Bytes as the text of a module has them.
fn escaped(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}

/// A method `f` that does `work` with the value in memory, a list of so many items.
fn contract(folder: &Path, abi: &ContractAbi, items: u32, work: &str) -> String {
    let section = escaped(&[vec![ABI_VERSION], abi.encode()].concat());
    let list = escaped(&Compact(items).encode());
    let code = format!(
        "(module
            (import \"lockstep\" \"return\" (func $return (param i32 i32)))
            (import \"lockstep\" \"emit_event\" (func $event (param i32 i32 i32 i32)))
            (memory 1)
            (data (i32.const 0) \"{list}\")
            (data (i32.const 64) \"E\")
            (func (export \"f\") (local $left i32) {work})
            (@custom \"{ABI_SECTION_NAME}\" \"{section}\"))"
    );
    let path = folder.join("hostile.wasm");
    fs::write(&path, wat::parse_str(code).expect("a module")).expect("it can be written");
    path.display().to_string()
}

fn described(output: Type, events: Vec<EventAbi>) -> ContractAbi {
    ContractAbi {
        name: "Hostile".to_string(),
        docs: String::new(),
        methods: vec![method("f", &[], output)],
        events,
    }
}

#[test]
fn a_long_name_is_not_repeated_for_each_part_of_a_value() {
    let folder = scratch("memory-names");
    let fields = vec![field(&"a".repeat(200_000), Type::Unit)];
    let name = "S".to_string();
    let output = Type::List(Box::new(Type::Struct { name, fields }));
    let work = "(call $return (i32.const 0) (i32.const 4))";
    let module = contract(&folder, &described(output, Vec::new()), 99_998, work);
    let checked = with_memory(512, &["check", &module]);
    let reason = "unreadable: the name \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" has 200000 bytes; at most 128 are read\n";
    assert!(checked.stdout.contains(reason), "{checked:#?}");
    let arguments = ["--gas-limit", "900000000", "--", "f"];
    let called = with_memory(512, &[&["call", &module][..], &arguments].concat());
    assert_eq!(called.code, 0, "{called:#?}");
}

#[test]
fn the_events_of_a_transaction_share_their_parts() {
    let folder = scratch("memory-events");
    let event = EventAbi {
        name: "E".to_string(),
        docs: String::new(),
        fields: vec![field("units", Type::List(Box::new(Type::Unit)))],
        topics: Vec::new(),
    };
    let work = "(local.set $left (i32.const 1000))
        (loop $again
            (call $event (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 4))
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))";
    let abi = described(Type::Unit, vec![event]);
    let module = contract(&folder, &abi, 99_998, work);
    let called = with_memory(512, &["call", &module, "--json", "--", "f"]);
    assert_eq!(called.code, 0, "{}", called.stderr);
    let document = called.json();
    let events = &document["transaction"]["receipt"]["events"];
    let is_decoded = |event: &usize| !events[*event]["fields"].is_null();
    let decoded: Vec<usize> = (0..1_000).filter(is_decoded).collect();
    assert_eq!(decoded, [0, 1]);
    assert_eq!(events[999]["data"], "0x7a1a0600");
}
