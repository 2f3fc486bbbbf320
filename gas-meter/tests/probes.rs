//! Modules for profiling: what is added, that nothing else changes, and what the probes mean.

use lockstep_gas_meter::{
    OperatorPrice, PROBE_EXPORT, PrepareError, Probe, ProbeKind, Protocol, Schedule, SegmentStart,
    prepare, prepare_with_probes, probes, validate,
};
use wasmparser::{ExternalKind, Parser, Payload};

/// The example of `docs/gas.md`.
const EXAMPLE: &str = r#"(module
    (import "lockstep" "return" (func $return (param i32 i32)))
    (memory 1)
    (func (export "sum") (local $i i32) (local $total i32)
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (local.set $total (i32.add (local.get $total) (local.get $i)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const 10))))
      (call $return (i32.const 0) (i32.const 0))))"#;

/// Protocol 1 with the prices of tests, which a new schedule does not change.
fn protocol() -> Protocol {
    let schedule = Schedule::from_toml(include_str!("prices.toml")).expect("a schedule");
    Protocol {
        schedule,
        ..Protocol::v1()
    }
}

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is a module")
}

fn probes_of(text: &str) -> Vec<Probe> {
    let protocol = protocol();
    let bytes = wasm(text);
    let valid = validate(&bytes, &protocol).unwrap_or_else(|error| panic!("{error}"));
    probes(&valid).unwrap_or_else(|error| panic!("{error}"))
}

fn segments(text: &str) -> Vec<(SegmentStart, u64, usize)> {
    let segments = probes_of(text).into_iter();
    segments
        .filter_map(|probe| match probe.kind {
            ProbeKind::Segment(segment) => {
                Some((segment.start, segment.gas(), segment.prices.len()))
            }
            ProbeKind::Operand { .. } => None,
        })
        .collect()
}

/// The exports of a module: name, kind and index.
fn exports(bytes: &[u8]) -> Vec<(String, ExternalKind, u32)> {
    let mut all = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ExportSection(section) = payload.expect("valid") {
            for export in section {
                let export = export.expect("valid");
                all.push((export.name.to_string(), export.kind, export.index));
            }
        }
    }
    all
}

#[test]
fn the_documents_example_has_its_segments() {
    use SegmentStart::{AfterCall, Entry, Within};
    assert_eq!(
        segments(EXAMPLE),
        [
            // The entry's price stands at the first operator, `loop` is free.
            (Entry, 6, 1),
            (Within, 13, 12),
            // Behind the branch; then behind the loop, where the way from the branch arrives.
            (Within, 0, 0),
            (Within, 10, 3),
            (AfterCall { waiting: 3 }, 0, 0),
        ]
    );
}

#[test]
fn prices_stand_at_their_operators() {
    let text = "(module (func (param i32) (drop (i32.load (local.get 0)))) (memory 1))";
    let bytes = wasm(text);
    let found = probes_of(text);
    let [
        Probe {
            function: 0,
            kind: ProbeKind::Segment(segment),
        },
    ] = found.as_slice()
    else {
        panic!("{found:?}");
    };
    let gas: Vec<u64> = segment.prices.iter().map(|price| price.gas).collect();
    assert_eq!(gas, [4, 1, 2, 1]);
    let at = |price: &OperatorPrice| bytes[usize::try_from(price.offset).expect("an offset")];
    let operators: Vec<u8> = segment.prices.iter().map(at).collect();
    assert_eq!(operators, [0x20, 0x20, 0x28, 0x1a]);
}

#[test]
fn dead_code_belongs_to_no_segment() {
    let text = "(module (func (result i32)
        (block (return (i32.const 1)) (drop (i32.const 2)) (loop (br 0)))
        (i32.const 3)))";
    assert_eq!(segments(text), [(SegmentStart::Entry, 4 + 1 + 2, 3)]);
}

#[test]
fn operators_with_a_priced_operand_have_a_probe_of_their_own() {
    let text = "(module (memory 1) (func
        (drop (memory.grow (i32.const 1)))
        (memory.fill (i32.const 0) (i32.const 0) (i32.load (i32.const 0)))))";
    let operands: Vec<u64> = probes_of(text)
        .iter()
        .filter_map(|probe| match probe.kind {
            ProbeKind::Operand { price, .. } => Some(price),
            ProbeKind::Segment(_) => None,
        })
        .collect();
    assert_eq!(operands, [8_000, 1]);
}

#[test]
fn bytes_whose_number_is_known_are_a_part_of_their_operators_price() {
    let text = "(module (memory 1) (func
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 8))))";
    let probes = probes_of(text);
    let [probe] = probes.as_slice() else {
        panic!("one segment and nothing else: {probes:?}");
    };
    let ProbeKind::Segment(segment) = &probe.kind else {
        panic!("not a segment: {probe:?}");
    };
    let fill = segment.prices.last_chunk::<2>().expect("two prices");
    assert_eq!(fill.map(|price| price.gas), [8, 20]);
    assert_eq!(fill[0].offset, fill[1].offset);
}

#[test]
fn only_a_table_is_added() {
    let protocol = Protocol::v1();
    for text in [
        EXAMPLE,
        "(module (table (export \"t\") 4 funcref) (elem (i32.const 0) $f)
            (func $f (export \"f\") (result i32 i32) (i32.const 1) (i32.const 2)))",
    ] {
        let bytes = wasm(text);
        let plain = prepare(&bytes, &protocol).expect("accepted");
        let probed = prepare_with_probes(&bytes, &protocol).expect("accepted");
        let mut expected = exports(plain.bytes());
        let tables = u32::from(text.contains("table"));
        expected.push((PROBE_EXPORT.to_string(), ExternalKind::Table, tables));
        assert_eq!(exports(probed.bytes()), expected);
        assert_eq!(probed.exports(), plain.exports());
        assert_eq!(probed.functions(), plain.functions());
        assert_eq!(probed.instantiation_gas(), plain.instantiation_gas());
        assert_eq!(probed.code_length(), plain.code_length());
    }
}

#[test]
fn refusals_are_the_same_and_probes_do_not_count_for_the_limit() {
    let protocol = Protocol::v1();
    let floats = wasm("(module (func (param f32)))");
    let refusal = |error| match error {
        PrepareError::Refused(refusal) => refusal,
        PrepareError::Internal(error) => panic!("{error}"),
    };
    assert_eq!(
        prepare_with_probes(&floats, &protocol).map_err(refusal),
        prepare(&floats, &protocol).map_err(refusal)
    );
    let bytes = wasm(EXAMPLE);
    let plain = prepare(&bytes, &protocol).expect("accepted");
    let mut tight = Protocol::v1();
    tight.limits.prepared_bytes_max = u32::try_from(plain.bytes().len()).expect("small");
    let probed = prepare_with_probes(&bytes, &tight).expect("as large as the limit allows");
    assert!(probed.bytes().len() > plain.bytes().len());
    tight.limits.prepared_bytes_max -= 1;
    assert_eq!(
        prepare_with_probes(&bytes, &tight).map_err(refusal),
        prepare(&bytes, &tight).map_err(refusal)
    );
}
