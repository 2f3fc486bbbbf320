//! Every trap of Wasm has its status, consumes all gas and leaves no trace.

use lockstep_vm::{Message, Status};

use crate::world::World;

/// A module whose `main` stores something and then does what the body says.
fn run(body: &str, rest: &str) -> crate::world::Ran {
    let wat = format!(
        "(module
            (import \"lockstep\" \"storage_write\" (func $write (param i32 i32 i32 i32)))
            (memory 1 2)
            {rest}
            (func (export \"main\")
                i32.const 0 i32.const 1 i32.const 0 i32.const 1 call $write
                {body}))"
    );
    let mut world = World::new();
    let id = world.deploy(1, &wat);
    let untouched = world.trie.root().0;
    let ran = world.run(world.message(id, "main", &[]));
    if ran.status != Status::Success {
        assert_eq!(ran.root, untouched, "{body}");
        assert_eq!(ran.gas_left, 0, "{body}");
    }
    ran
}

#[test]
fn each_trap_has_its_status() {
    let table =
        "(type $none (func)) (table 4 4 funcref) (elem (i32.const 1) $one) (func $one (param i32))";
    for (body, rest, status) in [
        ("unreachable", "", Status::Unreachable),
        (
            "i32.const 65533 i32.load drop",
            "",
            Status::MemoryOutOfBounds,
        ),
        (
            "i32.const -1 i32.const 0 i32.store8",
            "",
            Status::MemoryOutOfBounds,
        ),
        (
            "i32.const 65536 i32.const 0 i32.const 1 memory.fill",
            "",
            Status::MemoryOutOfBounds,
        ),
        (
            "i32.const 0 i32.const 0 i32.const 9 memory.init $d",
            "(data $d \"12345678\")",
            Status::MemoryOutOfBounds,
        ),
        (
            "i32.const 1 i32.const 0 i32.div_u drop",
            "",
            Status::DivisionByZero,
        ),
        (
            "i64.const 1 i64.const 0 i64.rem_s drop",
            "",
            Status::DivisionByZero,
        ),
        (
            "i32.const 0x80000000 i32.const -1 i32.div_s drop",
            "",
            Status::IntegerOverflow,
        ),
        (
            "i32.const 4 call_indirect (type $none)",
            table,
            Status::TableOutOfBounds,
        ),
        (
            "i32.const 0 call_indirect (type $none)",
            table,
            Status::IndirectCallNull,
        ),
        (
            "i32.const 1 call_indirect (type $none)",
            table,
            Status::SignatureMismatch,
        ),
        (
            "call $down",
            "(func $down call $down)",
            Status::StackOverflow,
        ),
        ("(loop $on br $on)", "", Status::OutOfGas),
    ] {
        assert_eq!(run(body, rest).status, status, "{body}");
    }
}

#[test]
fn growth_works_up_to_the_maximum_and_answers_minus_one_beyond() {
    let check = "i32.ne (if (then unreachable))";
    let body = format!(
        "i32.const 1 memory.grow i32.const 1 {check}
         i32.const 1 memory.grow i32.const -1 {check}
         i32.const 0 memory.grow i32.const 2 {check}
         i32.const 65536 memory.grow i32.const -1 {check}"
    );
    assert_eq!(
        run(&body, "").status,
        Status::OutOfGas,
        "65,536 pages cannot be paid"
    );
    let body = body.replace(
        "i32.const 65536 memory.grow i32.const -1 i32.ne (if (then unreachable))",
        "",
    );
    assert_eq!(run(&body, "").status, Status::Success);
}

#[test]
fn a_memory_without_maximum_grows_to_the_limit() {
    let mut world = World::new();
    let wat = "(module (memory 1) (func (export \"main\")
        i32.const 127 memory.grow i32.const 1 i32.ne (if (then unreachable))
        i32.const 1 memory.grow i32.const -1 i32.ne (if (then unreachable))
        i32.const 8388604 i32.const 7 i32.store))";
    let id = world.deploy(1, wat);
    let ran = world.run(world.message(id, "main", &[]));
    assert_eq!(ran.status, Status::Success, "{ran:?}");
}

#[test]
fn segments_that_do_not_fit_trap_before_anything_runs() {
    for (wat, status) in [
        (
            "(module (memory 1) (data (i32.const 65536) \"x\") (func (export \"main\")))",
            Status::MemoryOutOfBounds,
        ),
        (
            "(module (table 1 1 funcref) (elem (i32.const 1) $f) (func $f (export \"main\")))",
            Status::TableOutOfBounds,
        ),
    ] {
        let wasm = wat::parse_str(wat).unwrap();
        let mut world = World::new();
        if lockstep_gas_meter::prepare(&wasm, &world.protocol).is_err() {
            // The policy may refuse such a module; then no frame ever sees it.
            continue;
        }
        let id = world.deploy(1, wat);
        let ran = world.run(world.message(id, "main", &[]));
        assert_eq!((ran.status, ran.gas_left, ran.gas.wasm), (status, 0, 0));
    }
}

#[test]
fn every_frame_has_fresh_memory_and_globals() {
    let mut world = World::new();
    let wat = "(module
        (memory 1 4) (global $g (mut i32) (i32.const 0))
        (func (export \"main\")
            global.get $g i32.const 100 i32.load i32.or memory.size i32.const 1 i32.ne i32.or
            (if (then unreachable))
            i32.const 1 global.set $g i32.const 100 i32.const 1 i32.store
            i32.const 1 memory.grow drop))";
    let id = world.deploy(1, wat);
    let message = world.message(id, "main", &[]);
    let first = world.run(message.clone());
    let second = world.run(message);
    assert_eq!((first.status, &first), (Status::Success, &second));
}

#[test]
fn too_little_gas_for_loading_or_instantiating() {
    let mut world = World::new();
    let id = world.deploy(1, "(module (memory 1) (func (export \"main\")))");
    let message = world.message(id, "main", &[]);
    let whole = world.run(message.clone()).gas;
    for gas in [0, 1, whole.host / 4, whole.host - 1] {
        let ran = world.run(Message {
            gas,
            ..message.clone()
        });
        assert_eq!(
            (ran.status, ran.gas_left, ran.gas.wasm),
            (Status::OutOfGas, 0, 0),
            "{gas}"
        );
    }
    let enough = world.run(Message {
        gas: whole.total(),
        ..message.clone()
    });
    assert_eq!((enough.status, enough.gas_left), (Status::Success, 0));
    let short = world.run(Message {
        gas: whole.total() - 1,
        ..message
    });
    assert_eq!((short.status, short.gas_left), (Status::OutOfGas, 0));
}

#[test]
fn a_trap_that_has_taken_the_last_stack_slot_is_no_overflow() {
    let mut world = World::new();
    let wat = "(module
        (import \"lockstep\" \"input_length\" (func $length (result i32)))
        (func (export \"main\") call $length (if (then unreachable))))";
    let id = world.deploy(1, wat);
    let mut run = |input: &[u8], stack_slots| {
        let message = world.message(id, "main", input);
        let message = Message {
            stack_slots,
            ..message
        };
        world.run(message).status
    };
    let needed = (0..1000).find(|slots| run(&[], *slots) != Status::StackOverflow);
    let needed = needed.unwrap();
    assert!(needed > 0);
    assert_eq!(run(&[], needed), Status::Success);
    assert_eq!(run(&[1], needed), Status::Unreachable);
    assert_eq!(run(&[1], needed - 1), Status::StackOverflow);
}
