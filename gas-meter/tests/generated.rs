//! Generated modules of the accepted subset: all are accepted, the frames agree with the parser's
//! own validator, and the counters stay out of the guest's reach.

use arbitrary::Unstructured;
use lockstep_gas_meter::{GAS_EXPORT, Limits, PreparedModule, Protocol, STACK_EXPORT, prepare};
use proptest::prelude::*;
use wasm_smith::{Config, Module};
use wasmparser::{
    FuncValidatorAllocations, Operator, Parser, Payload, ValidPayload, Validator, WasmFeatures,
};

/// What wasm-smith may use: the accepted subset and nothing else.
fn config() -> Config {
    Config {
        max_imports: 0,
        max_memories: 1,
        max_tables: 1,
        max_funcs: 12,
        max_instructions: 400,
        max_memory32_bytes: 128 * 65_536,
        max_table_elements: 1_000,
        allow_start_export: false,
        allow_floats: false,
        bulk_memory_enabled: true,
        multi_value_enabled: true,
        sign_extension_ops_enabled: true,
        reference_types_enabled: false,
        saturating_float_to_int_enabled: false,
        simd_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        shared_everything_threads_enabled: false,
        tail_call_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        extended_const_enabled: false,
        custom_page_sizes_enabled: false,
        wide_arithmetic_enabled: false,
        max_tags: 0,
        // Without a list of its own wasm-smith exports mutable globals.
        exports: Some(b"\0asm\x01\0\0\0".to_vec()),
        min_types: 5,
        min_funcs: 4,
        min_globals: 2,
        ..Config::default()
    }
}

/// A module made from `seed`: half of them with a table, half with bulk memory, because with both
/// wasm-smith would use `table.copy`.
fn module(seed: &[u8]) -> Vec<u8> {
    let mut unstructured = Unstructured::new(seed);
    let mut config = config();
    if seed.first().is_some_and(|byte| byte % 2 == 0) {
        config.max_tables = 0;
        config.max_element_segments = 0;
    } else {
        config.bulk_memory_enabled = false;
    }
    Module::new(config, &mut unstructured)
        .expect("any bytes make a module")
        .to_bytes()
}

fn accepted(bytes: &[u8]) -> PreparedModule {
    let protocol = Protocol {
        limits: Limits {
            // wasm-smith bounds neither of these on its own.
            params_max: 1_000,
            results_max: 1_000,
            block_params_max: 1_000,
            block_results_max: 1_000,
            memory_pages_max: 65_536,
            table_elements_max: 1_000_000,
            ..Limits::v1()
        },
        ..Protocol::v1()
    };
    match prepare(bytes, &protocol) {
        Ok(module) => module,
        Err(error) => panic!("{error}"),
    }
}

/// Per function: parameters and locals together, results, and the greatest operand height, as the
/// parser's validator tracks it behind each operator.
fn heights(bytes: &[u8]) -> Vec<u32> {
    let mut validator = Validator::new_with_features(WasmFeatures::WASM2);
    let mut frames = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.expect("well-formed");
        let ValidPayload::Func(function, body) = validator.payload(&payload).expect("valid") else {
            continue;
        };
        let mut validator = function.into_validator(FuncValidatorAllocations::default());
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader).expect("valid");
        let (mut greatest, mut last) = (0, 0);
        while !reader.eof() {
            let offset = reader.original_position();
            let operator = reader.read_operator().expect("well-formed");
            // The results of the function are what its own label takes.
            if validator.control_stack_height() == 1 && operator == Operator::End {
                let results = validator.get_control_frame(0).map(|frame| frame.block_type);
                last = results_of(results, bytes);
            }
            validator.op(offset, &operator).expect("valid");
            greatest = greatest.max(validator.operand_stack_height());
        }
        frames.push(validator.len_locals() + greatest.max(last));
    }
    frames
}

/// How many results a block type has.
fn results_of(block_type: Option<wasmparser::BlockType>, bytes: &[u8]) -> u32 {
    let count = match block_type {
        None | Some(wasmparser::BlockType::Empty) => 0,
        Some(wasmparser::BlockType::Type(_)) => 1,
        Some(wasmparser::BlockType::FuncType(index)) => {
            let index = usize::try_from(index).expect("32 bits");
            let types = Parser::new(0).parse_all(bytes).find_map(|payload| {
                match payload.expect("well-formed") {
                    Payload::TypeSection(section) => Some(section),
                    _ => None,
                }
            });
            let mut types = types.expect("types").into_iter_err_on_gc_types();
            types
                .nth(index)
                .expect("a type")
                .expect("a type")
                .results()
                .len()
        }
    };
    u32::try_from(count).expect("few")
}

/// The globals that the original operators of the instrumented module name, and the index of the
/// first one appended.
fn global_uses(module: &PreparedModule) -> (Vec<u32>, u32) {
    let mut first_counter = None;
    let mut uses = Vec::new();
    for payload in Parser::new(0).parse_all(module.bytes()) {
        match payload.expect("valid") {
            Payload::GlobalSection(section) => first_counter = Some(section.count() - 2),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.expect("valid");
                    let offset = match export.name {
                        GAS_EXPORT => 0,
                        STACK_EXPORT => 1,
                        _ => continue,
                    };
                    assert_eq!(
                        Some(export.index),
                        first_counter.map(|first| first + offset)
                    );
                }
            }
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().expect("valid") {
                    if let Operator::GlobalSet { global_index } = operator.expect("valid") {
                        uses.push(global_index);
                    }
                }
            }
            _ => {}
        }
    }
    (uses, first_counter.expect("there are always globals"))
}

/// The properties below are worth something only if the generator makes real code.
#[test]
fn generated_modules_are_not_trivial() {
    let mut state: u32 = 1;
    let (mut functions, mut tall) = (0, 0);
    for _ in 0..64 {
        let seed: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(3_000)
        .collect();
        for function in accepted(&module(&seed)).functions() {
            functions += 1;
            if function.body_bytes > 100 && function.frame_slots > 8 {
                tall += 1;
            }
        }
    }
    assert!(functions > 100, "{functions} functions");
    assert!(tall > 50, "{tall} of {functions} functions have real code");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn generated_modules_are_accepted_and_frames_agree_with_the_validator(
        seed in proptest::collection::vec(any::<u8>(), 0..4_000)
    ) {
        let bytes = module(&seed);
        let prepared = accepted(&bytes);
        let expected = heights(&bytes);
        let frames: Vec<u32> = prepared
            .functions()
            .iter()
            .map(|function| function.frame_slots - 4)
            .collect();
        prop_assert_eq!(frames, expected);
    }

    #[test]
    fn the_guest_never_names_the_counters(
        seed in proptest::collection::vec(any::<u8>(), 0..4_000)
    ) {
        let bytes = module(&seed);
        let prepared = accepted(&bytes);
        let original = Parser::new(0).parse_all(&bytes).filter_map(|payload| {
            match payload.expect("well-formed") {
                Payload::CodeSectionEntry(body) => Some(body),
                _ => None,
            }
        });
        let mut guest_uses = 0;
        for body in original {
            for operator in body.get_operators_reader().expect("well-formed") {
                if let Operator::GlobalSet { .. } = operator.expect("well-formed") {
                    guest_uses += 1;
                }
            }
        }
        let (uses, first_counter) = global_uses(&prepared);
        let of_the_guest = uses.iter().filter(|index| **index < first_counter).count();
        // Each of them stands there once, or twice in a loop that is copied.
        prop_assert!((guest_uses..=2 * guest_uses).contains(&of_the_guest));
        prop_assert!(uses.iter().all(|index| *index <= first_counter + 1));
    }
}
