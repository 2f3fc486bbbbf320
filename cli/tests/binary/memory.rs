//! What a hostile contract can make the binary keep in memory, which is limited here.

use std::fs;
use std::path::Path;

use lockstep_abi::{ABI_SECTION_NAME, ABI_VERSION, ContractAbi, EventAbi, Field, Type};
use lockstep_cli::{Chain, DebugInfo, Frame, strip_module};
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
            (import \"lockstep\" \"debug_log\" (func $log (param i32 i32)))
            (import \"lockstep\" \"block_height\" (func $height (result i64)))
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

/// Code that does something so many times.
fn repeated(times: u32, what: &str) -> String {
    format!(
        "(local.set $left (i32.const {times}))
        (loop $again
            {what}
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))"
    )
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
    let emit = "(call $event (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 4))";
    let abi = described(Type::Unit, vec![event]);
    let module = contract(&folder, &abi, 99_998, &repeated(1_000, emit));
    let called = with_memory(512, &["call", &module, "--json", "--", "f"]);
    assert_eq!(called.code, 0, "{}", called.stderr);
    let document = called.json();
    let events = &document["transaction"]["receipt"]["events"];
    let is_decoded = |event: &usize| !events[*event]["fields"].is_null();
    let decoded: Vec<usize> = (0..1_000).filter(is_decoded).collect();
    assert_eq!(decoded, [0, 1]);
    assert_eq!(events[999]["data"], "0x7a1a0600");
}

#[test]
fn host_calls_are_not_kept_and_of_what_is_logged_no_more_than_the_first() {
    let folder = scratch("memory-calls");
    let abi = described(Type::Unit, Vec::new());
    let work = repeated(4_000_000, "(drop (call $height))");
    let work = work + &repeated(12_345, "(call $log (i32.const 64) (i32.const 1))");
    let module = contract(&folder, &abi, 0, &work);
    let arguments = ["call", &module, "--gas-limit", "900000000", "--", "f"];
    let called = with_memory(256, &arguments);
    assert_eq!(called.code, 0, "{}", called.stderr);
    assert_eq!(called.stdout.matches(" \"E\"\n").count(), 10_000);
    let more = "and 2_345 more, which are not kept\n";
    assert!(called.stdout.contains(more), "{}", called.stdout);
}

/// A sidecar in which each operator stands in 250 functions with long names.
#[test]
fn stacks_share_the_names_of_their_frames() {
    let folder = scratch("memory-stacks");
    let abi = described(Type::Unit, Vec::new());
    let module = contract(&folder, &abi, 0, &"(drop (call $height))".repeat(1_000));
    let stripped = strip_module(&fs::read(&module).expect("a module")).expect("it is one");
    let frame = |line| Frame {
        function: Some("a".repeat(1_000).into()),
        file: Some("b".into()),
        line,
    };
    let around = (1..250).fold(Chain::default(), |around, line| {
        around.with(frame(line)).expect("few frames")
    });
    let info = DebugInfo {
        code_section: stripped.code_section,
        functions: Vec::new(),
        rows: (0..4_000)
            .map(|offset| (offset, around.with(frame(offset + 1)).expect("few frames")))
            .collect(),
    };
    let sidecar = folder.join("hostile.debug").display().to_string();
    fs::write(&sidecar, info.to_bytes()).expect("it can be written");
    let arguments = ["gas", "profile", &module, "--call=f", "--debug", &sidecar];
    let profiled = with_memory(256, &arguments);
    assert_eq!(profiled.code, 0, "{}", profiled.stderr);
    let calls = "1_000x block_height\n";
    assert!(profiled.stdout.contains(calls), "{}", profiled.stdout);
}
