//! `docs/contract-abi.md` says what the code says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lockstep_abi::{CallFlags, CallStatus, HostFunction, MethodKind, Type, ValueType};
use lockstep_gas_meter::{Protocol, prepare};
use parity_scale_codec::Decode;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_path_buf()
}

fn document() -> String {
    std::fs::read_to_string(root().join("docs/contract-abi.md")).expect("docs/contract-abi.md")
}

/// The cells of every table row whose first cell is code that begins with `start`.
fn rows(document: &str, start: &str) -> Vec<Vec<String>> {
    let begin = format!("| `{start}");
    document
        .lines()
        .filter(|line| line.starts_with(&begin))
        .map(|line| {
            line.trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().to_string())
                .collect()
        })
        .collect()
}

/// The types in a signature such as `name(a: i32, b: i64) -> i32`.
fn types(signature: &str) -> (Vec<ValueType>, Option<ValueType>) {
    let value_type = |text: &str| match text {
        "i32" => ValueType::I32,
        "i64" => ValueType::I64,
        other => panic!("`{other}` in `{signature}` is no type"),
    };
    let (head, result) = match signature.split_once(" -> ") {
        Some((head, result)) => (head, Some(value_type(result))),
        None => (signature, None),
    };
    let params = head
        .split_once('(')
        .expect("parameters")
        .1
        .trim_end_matches(')');
    let params = params.split(", ").filter(|param| !param.is_empty());
    let types = params.map(|param| value_type(param.split_once(": ").expect("name: type").1));
    (types.collect(), result)
}

#[test]
fn every_host_function_has_its_row() {
    let document = document();
    for function in HostFunction::ALL {
        let rows = rows(&document, &format!("{}(", function.name()));
        let [row] = &rows[..] else {
            panic!("{} rows for {}", rows.len(), function.name())
        };
        let (params, result) = types(row[0].trim_matches('`'));
        assert_eq!(params, function.signature().params, "{}", function.name());
        assert_eq!(result, function.signature().result, "{}", function.name());
        let writes = if function.writes_state() { "yes" } else { "no" };
        assert_eq!(row[2], writes, "{}", function.name());
        assert!(row[1].len() > 10, "{} is not explained", function.name());
    }
    let is_name = |text: &str| text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    let signatures = rows(&document, "")
        .into_iter()
        .filter_map(|row| Some(row[0].trim_matches('`').split_once('(')?.0.to_string()))
        .filter(|name| !name.is_empty() && is_name(name))
        .count();
    assert_eq!(
        signatures,
        HostFunction::ALL.len(),
        "a row for a function that does not exist"
    );
}

#[test]
fn every_call_status_has_its_row() {
    let document = document();
    for status in CallStatus::ALL {
        let rows = rows(&document, &format!("{status:?}`"));
        assert_eq!(rows.len(), 1, "{status:?}");
        assert_eq!(rows[0][1], status.code().to_string(), "{status:?}");
    }
    for (name, flag) in [
        ("READ_ONLY", CallFlags::READ_ONLY),
        ("ALLOW_REENTRY", CallFlags::ALLOW_REENTRY),
    ] {
        assert_eq!(
            rows(&document, name)[0][1],
            flag.bits().to_string(),
            "{name}"
        );
    }
}

/// The name that the document gives a type.
fn name_of(ty: &Type) -> &'static str {
    match ty {
        Type::Unit => "unit",
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::U128 => "u128",
        Type::I8 => "i8",
        Type::I16 => "i16",
        Type::I32 => "i32",
        Type::I64 => "i64",
        Type::I128 => "i128",
        Type::String => "string",
        Type::Bytes => "bytes",
        Type::AccountId => "account id",
        Type::CodeHash => "code hash",
        Type::Hash => "hash",
        Type::Option(_) => "option",
        Type::List(_) => "list",
        Type::Array(..) => "array",
        Type::Map(..) => "map",
        Type::Tuple(_) => "tuple",
        Type::Struct { .. } => "struct",
        Type::Enum { .. } => "enum",
    }
}

/// The bytes in a cell such as `3`, `2 to 6` or `14, 15, 16`.
fn bytes_of(cell: &str) -> Vec<u8> {
    let byte = |text: &str| text.parse::<u8>().expect("a byte");
    match cell.split_once(" to ") {
        Some((first, last)) => (byte(first)..=byte(last)).collect(),
        None => cell.split(", ").map(byte).collect(),
    }
}

#[test]
fn every_type_has_its_byte() {
    let document = document();
    let table = document.split_once("| byte | type | in Rust | follows |");
    let (table, _) = table
        .expect("the table")
        .1
        .split_once("\n\n")
        .expect("its end");
    let mut documented = BTreeMap::new();
    for row in table.lines().skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let (bytes, names) = (bytes_of(cells[0]), cells[1].split(", "));
        assert_eq!(bytes.len(), names.clone().count(), "{row}");
        documented.extend(bytes.into_iter().zip(names));
    }
    // A byte begins a type, with whatever follows in zeros: another type, no fields, no name.
    let decoded = (0..=u8::MAX).filter_map(|byte| {
        let ty = Type::decode(&mut [vec![byte], vec![0; 8]].concat().as_slice());
        Some((byte, name_of(&ty.ok()?)))
    });
    let decoded: BTreeMap<u8, &str> = decoded.collect();
    assert_eq!(documented, decoded);
    assert_eq!(decoded.len(), 24);
}

#[test]
fn every_kind_of_method_has_its_byte() {
    let document = document();
    let decoded = (0..=u8::MAX).filter_map(|byte| {
        let name = match MethodKind::decode(&mut [byte].as_slice()).ok()? {
            MethodKind::Init => "`init`",
            MethodKind::Call => "ordinary",
            MethodKind::Upgraded => "`upgraded`",
            MethodKind::Invariant => "an invariant",
        };
        Some(format!("{byte} {name}"))
    });
    let kinds = decoded.collect::<Vec<String>>().join(", ");
    let stated = format!("kind: byte ({kinds}, which is callable");
    assert!(document.contains(&stated), "{stated}");
}

/// The code blocks in this language.
fn blocks<const N: usize>(document: &str, language: &str) -> [String; N] {
    let begin = format!("```{language}\n");
    let parts = document.split(&begin).skip(1);
    let blocks = parts.filter_map(|after| after.split("```").next());
    let blocks: Vec<String> = blocks.map(str::to_string).collect();
    let found = blocks.len();
    let Ok(blocks) = blocks.try_into() else {
        panic!("{found} blocks of {language}, not {N}")
    };
    blocks
}

#[test]
fn the_contract_without_the_sdk_can_be_deployed() {
    let [text] = blocks(&document(), "wat");
    let wasm = wat::parse_str(text).expect("the WAT is well formed");
    let module = prepare(&wasm, &Protocol::v1()).unwrap_or_else(|error| panic!("{error}"));
    assert!(module.has_method("init") && module.has_method("increment"));
}

/// The SDK's own documentation test and a test of it compile and run the same lines.
#[test]
fn the_contracts_with_the_sdk_are_the_sdks_examples() {
    let path = root().join("contracts/sdk/src/lib.rs");
    let text = std::fs::read_to_string(path).expect("the SDK's lib.rs");
    let essay: String = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let [first, calling, emitting] = blocks(&document(), "rust");
    assert!(essay.contains(&first), "{first}\nis not in\n{essay}");
    for (name, example) in [("documented", calling), ("documented_events", emitting)] {
        let path = root().join(format!("contracts/sdk/tests/{name}.rs"));
        let test = std::fs::read_to_string(path).expect("a test of the SDK");
        let end = format!("\n\n{example}");
        assert!(test.ends_with(&end), "{example}\nis not the end of {test}");
    }
}
