//! The schedule document: strict to read, bounded, hashed by its values, and told truly in
//! `docs/gas.md`.

use blake2::{Blake2b256, Digest};
use lockstep_abi::HostFunction;
use lockstep_gas_meter::{Limits, PRICE_MAX, Schedule, ScheduleError};

const GAS_DOCUMENT: &str = include_str!("../../docs/gas.md");

fn edited(from: &str, to: &str) -> Result<Schedule, ScheduleError> {
    assert_eq!(Schedule::V1_TOML.matches(from).count(), 1, "{from}");
    Schedule::from_toml(&Schedule::V1_TOML.replace(from, to))
}

/// The row of a price in the committed document: `load_base = 2000`.
fn row(key: &str) -> &'static str {
    let start = format!("{key} = ");
    let mut rows = Schedule::V1_TOML
        .lines()
        .filter(|row| row.starts_with(&start));
    rows.next().expect(key)
}

fn error_of(from: &str, to: &str) -> String {
    edited(from, to)
        .expect_err("it must not be accepted")
        .to_string()
}

#[test]
fn the_committed_document_is_accepted_and_prices_every_host_function() {
    let schedule = Schedule::v1();
    assert_eq!(schedule.version, 1);
    for function in HostFunction::ALL {
        assert!(
            schedule.host_price(function).base > 0,
            "{}",
            function.name()
        );
    }
}

#[test]
fn mistakes_in_the_document_are_told_with_key_and_place() {
    let missing = error_of(&format!("{}\n", row("p256_verify")), "");
    assert!(missing.contains("missing field `p256_verify`"), "{missing}");
    let unknown = error_of("\n[deposit]\n", "\n[deposit]\nper_year = 1\n");
    assert!(unknown.contains("unknown field `per_year`"), "{unknown}");
    assert!(unknown.contains("line "), "{unknown}");
    let negative = error_of(row("load_base"), "load_base = -1");
    assert!(negative.contains("-1"), "{negative}");
    let text = error_of(row("load_base"), "load_base = \"2000\"");
    assert!(text.contains("invalid type: string"), "{text}");
    let broken = error_of("\n[deposit]\n", "\n[deposit\n");
    assert!(broken.contains("line"), "{broken}");
    let half = error_of("per_item = 1000", "per_item = 0.5");
    assert!(half.contains("floating point"), "{half}");
    assert!(Schedule::from_toml("").is_err());
}

#[test]
fn prices_out_of_range_are_told_by_name() {
    assert!(edited(row("load_base"), &format!("load_base = {PRICE_MAX}")).is_ok());
    let over = PRICE_MAX + 1;
    let high = error_of(row("load_base"), &format!("load_base = {over}"));
    assert!(high.contains("`code.load_base` is 1000000001"), "{high}");
    let host = row("caller");
    let high = error_of(
        host,
        &host.replace("per_output_byte = 0", &format!("per_output_byte = {over}")),
    );
    assert!(high.contains("`host.caller.per_output_byte`"), "{high}");
    // Deposits are balance, not gas.
    assert!(edited("per_item = 1000", "per_item = 1000000000000").is_ok());
}

#[test]
fn what_can_repeat_is_not_free() {
    for key in [
        "branch",
        "branch_if",
        "branch_table",
        "call_indirect",
        "function_entry",
    ] {
        let error = error_of(&format!("\n{}\n", row(key)), &format!("\n{key} = 0\n"));
        assert!(error.contains(&format!("`wasm.{key}` is 0")), "{error}");
    }
    assert!(edited(&format!("\n{}\n", row("nop")), "\nnop = 0\n").is_ok());
}

#[test]
fn the_hash_is_of_the_values_and_every_value_counts() {
    let hash = Schedule::v1().hash();
    assert_eq!(
        edited("# Gas schedule 1 of Lockstep.", "# Another comment.")
            .expect("valid")
            .hash(),
        hash
    );
    let mut seen = vec![hash];
    let longer = |row: &str| match row.strip_suffix(" }") {
        Some(prices) => {
            let (prices, _) = prices.rsplit_once(' ').expect("the last price");
            format!("{prices} 7 }}\n")
        }
        None => format!("{row}7\n"),
    };
    for key in [
        "version",
        "nop",
        "load_base",
        "per_item",
        "upload_per_byte",
        "debug_log",
    ] {
        let from = format!("\n{}\n", row(key));
        let to = format!("\n{}", longer(row(key)));
        let changed = edited(&from, &to).expect("valid").hash();
        assert!(!seen.contains(&changed), "{key}");
        seen.push(changed);
    }
}

/// The numbers in the rows `| name | number |` of a table under the heading given.
fn documented(heading: &str) -> Vec<(String, Vec<String>)> {
    let (_, after) = GAS_DOCUMENT
        .split_once(heading)
        .expect("the heading is there");
    let section = after.split("\n#").next().expect("a section");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(|cell| cell.trim());
        let name = cells.next().expect("a name").trim_matches('`').to_owned();
        let numbers = cells.map(|cell| cell.replace(',', "")).collect();
        (name, numbers)
    })
    .collect()
}

/// The hash as `docs/gas.md` describes it, from the numbers in the document's tables.
#[test]
fn the_hash_can_be_made_from_the_document() {
    let mut bytes = b"lockstep/schedule/1".to_vec();
    bytes.extend_from_slice(&1_u32.to_le_bytes());
    for (heading, columns) in [
        ("### Wasm operators", 1),
        ("### Code", 1),
        ("### Transactions", 1),
        ("### Deposits", 1),
        ("### Host functions", 3),
    ] {
        for (name, numbers) in documented(heading) {
            for number in &numbers[..columns] {
                let number: u64 = number.parse().expect(&name);
                bytes.extend_from_slice(&number.to_le_bytes());
            }
        }
    }
    let digest: [u8; 32] = Blake2b256::digest(&bytes).into();
    assert_eq!(Schedule::v1().hash().0, digest);
}

/// A table of the document as `(path, number)`, host functions with three numbers each.
fn table_of(schedule: &toml::Value, table: &str) -> Vec<(String, Vec<String>)> {
    let table = schedule
        .get(table)
        .and_then(toml::Value::as_table)
        .expect("a table");
    let mut rows: Vec<(String, Vec<String>)> = table
        .iter()
        .map(|(name, value)| match value {
            toml::Value::Table(prices) => {
                let price = |key: &str| prices[key].to_string();
                let prices = ["base", "per_input_byte", "per_output_byte"].map(price);
                (name.clone(), prices.to_vec())
            }
            other => (name.clone(), vec![other.to_string()]),
        })
        .collect();
    rows.sort();
    rows
}

/// The headings of the document's price tables, and the tables of the schedule.
const TABLES: [(&str, &str); 5] = [
    ("### Wasm operators", "wasm"),
    ("### Code", "code"),
    ("### Transactions", "transaction"),
    ("### Deposits", "deposit"),
    ("### Host functions", "host"),
];

/// Writes the numbers of schedule 1, and its hash, into the document.
fn update_document() {
    let schedule = toml::Value::try_from(Schedule::v1()).expect("serialisable");
    let mut known: Vec<(String, Vec<String>)> = Vec::new();
    let mut document = String::new();
    for line in GAS_DOCUMENT.lines() {
        if line.starts_with('#') {
            let table = TABLES.iter().find(|(heading, _)| *heading == line);
            known = table.map_or_else(Vec::new, |(_, table)| table_of(&schedule, table));
        }
        let mut cells: Vec<String> = line.split('|').map(str::to_owned).collect();
        let name = cells.get(1).map(|cell| cell.trim().trim_matches('`'));
        let found = known.iter().find(|(key, _)| Some(key.as_str()) == name);
        if let Some((_, numbers)) = found {
            for (cell, number) in cells[2..].iter_mut().zip(numbers) {
                *cell = format!(" {} ", grouped(number));
            }
        }
        document.push_str(&cells.join("|"));
        document.push('\n');
    }
    let is_hash = |line: &&str| line.len() == 68 && line.starts_with("    ") && !line.contains('(');
    let hash = GAS_DOCUMENT.lines().find(is_hash);
    let hash = hash.expect("the hash is in the document").trim();
    let document = document.replace(hash, &Schedule::v1().hash().to_string());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/gas.md");
    std::fs::write(path, document).expect("the document can be written");
}

/// The number with `,` between groups of three digits.
fn grouped(number: &str) -> String {
    let mut out = String::new();
    for (position, digit) in number.chars().enumerate() {
        if position > 0 && (number.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// With `LOCKSTEP_UPDATE=1` this writes the document's tables anew; the other tests read the
/// document when they are compiled, so they see it when they are run again.
#[test]
fn the_document_states_every_price_of_schedule_1() {
    if std::env::var_os("LOCKSTEP_UPDATE").is_some_and(|value| value == "1") {
        update_document();
        return;
    }
    let schedule = toml::Value::try_from(Schedule::v1()).expect("serialisable");
    for (heading, table) in TABLES {
        let expected = table_of(&schedule, table);
        let mut found = documented(heading);
        let columns = expected[0].1.len();
        for (_, numbers) in &mut found {
            numbers.truncate(columns);
        }
        found.sort();
        assert_eq!(found, expected, "{heading}");
    }
}

#[test]
fn the_document_states_every_limit_of_version_1_and_the_hashes() {
    let limits = toml::Value::try_from(Limits::v1()).expect("serialisable");
    let mut expected: Vec<(String, Vec<String>)> = limits
        .as_table()
        .expect("a table")
        .iter()
        .map(|(name, value)| (name.clone(), vec![value.to_string()]))
        .collect();
    expected.sort();
    let mut found = documented("## Limits");
    for (_, numbers) in &mut found {
        numbers.truncate(1);
    }
    found.sort();
    assert_eq!(found, expected);
    for hash in [Schedule::v1().hash(), Limits::v1().hash()] {
        let hash = hash.to_string();
        assert!(GAS_DOCUMENT.contains(&hash), "{hash} is not told");
    }
}
