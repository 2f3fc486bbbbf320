//! An upgrade by transaction sends nothing, and its hook sees that.

use lockstep_vm::{Action, Status, code_hash};

use crate::world::{World, account};

/// Its hook gives back the value that it was sent.
const HOOK: &str = r#"(module
    (import "lockstep" "value" (func $value (param i32)))
    (import "lockstep" "return" (func $return (param i32 i32)))
    (memory 1)
    (func (export "upgraded")
        (call $value (i32.const 0))
        (call $return (i32.const 0) (i32.const 16))))"#;

#[test]
fn the_hook_of_an_upgrade_by_transaction_is_sent_nothing() {
    let (mut world, contract) = World::with_script(100);
    let wasm = wat::parse_str(HOOK).unwrap();
    let code = code_hash(&wasm);
    world.send(0, Action::Upload { code: wasm });
    let before = world.balance(account(0));
    let receipt = world.receipt(
        0,
        Action::Upgrade {
            contract,
            code,
            input: Vec::new(),
        },
    );
    assert_eq!(receipt.status, Status::Success);
    assert_eq!(receipt.output, [0; 16]);
    assert_eq!(world.balance(contract), 100);
    assert_eq!(world.balance(account(0)), before - receipt.fee);
}
