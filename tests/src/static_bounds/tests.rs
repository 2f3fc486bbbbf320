use std::rc::Rc;

use lockstep_gas_meter::{Bound, Protocol};
use lockstep_reference::Module;

use super::{Called, CheckedBounds, Held, check_static_bounds, ends, limit_of};

const GAS: i64 = 20_000;
/// `ends` adds two constants, `traps` does not end otherwise, and `endless` not at all. `late`
/// returns, but not before it has used more than `GAS`, and `stores` not before three writes to the
/// storage, of which `GAS` does not pay one.
const MODULE: &str = r#"(module
    (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
    (memory 1)
    (func (export "ends") (drop (i32.add (i32.const 1) (i32.const 2))))
    (func (export "traps") (loop $again (br_if $again (i32.const 0))) unreachable)
    (func (export "endless") (loop $again (br_if $again (i32.const 1))))
    (func (export "late") (local i32) (local.set 0 (i32.const 10000))
        (loop $again
            (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func $store (call $write (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
    (func (export "stores") (call $store) (call $store) (call $store)))"#;

/// What is said of a run of `name` when this is its bound.
fn judged(name: &str, bound: &Bound) -> Result<Held, String> {
    let (bytes, protocol) = (wat::parse_str(MODULE).unwrap(), Protocol::v1());
    let module = Rc::new(Module::decode(&bytes, &protocol.schedule).unwrap());
    let called = Called {
        module: &module,
        protocol: &protocol,
        name,
        arguments: &[],
        gas: GAS,
    };
    let result = called.run(GAS).unwrap();
    called.hold(bound, limit_of(bound, &[]), &result, ends)
}

#[test]
fn a_bound_that_does_not_hold_is_found() {
    // The entry, two constants, the sum, and the drop.
    assert_eq!(judged("ends", &Bound::Exact { gas: 8 }), Ok(Held::Within));
    assert_eq!(judged("ends", &Bound::AtMost { gas: 9 }), Ok(Held::Within));
    assert_eq!(judged("traps", &Bound::Traps), Ok(Held::Silent));
    assert_eq!(judged("traps", &Bound::AtMost { gas: 1 }), Ok(Held::Silent));
    for (name, bound, problem) in [
        ("ends", Bound::Exact { gas: 7 }, "8 is above 7"),
        ("ends", Bound::Exact { gas: 9 }, "8 is not 9"),
        ("ends", Bound::AtMost { gas: 7 }, "8 is above 7"),
        ("ends", Bound::Traps, "8 is above 0"),
    ] {
        assert_eq!(judged(name, &bound), Err(problem.to_string()));
    }
}

/// The gas at first is enough for the bound and not for the run.
#[test]
fn a_run_that_is_out_of_gas_is_tried_again() {
    let (low, high) = (Bound::AtMost { gas: 5_000 }, Bound::AtMost { gas: 500_000 });
    for name in ["late", "stores"] {
        let problem = "Success with more gas than the bound";
        assert_eq!(judged(name, &low), Err(problem.to_string()), "{name}");
        assert_eq!(judged(name, &high), Ok(Held::Silent), "{name}");
    }
    assert_eq!(judged("endless", &low), Ok(Held::Undecided));
    assert_eq!(judged("endless", &Bound::Traps), Ok(Held::Silent));
}

#[test]
fn bounds_that_name_nothing_are_not_compared() {
    let bytes = wat::parse_str(MODULE).unwrap();
    let mut checked = CheckedBounds::default();
    let result = check_static_bounds(&bytes, &Protocol::v1(), GAS, &mut checked);
    assert_eq!(result, Ok(()));
    // Only `ends` ends with so little gas, and `endless` has no bound.
    assert_eq!((checked.unbounded, checked.undecided), (1, 0));
    assert_eq!(checked.runs, 1);
}
