//! Which functions lead on, on modules in text form. Function 0 to 3 are imported.

use crate::bound::code::Codes;
use crate::bound::flow::TableFunctions;
use crate::bound::outcome::{Counted, Outcomes};
use crate::bound::table_functions;
use crate::protocol::Protocol;
use crate::validate::validate;

/// Which of the defined functions lead on in runs that count.
fn leading(functions: &str, counted: Counted) -> Vec<bool> {
    let text = format!(
        r#"(module
            (import "lockstep" "return" (func $return (param i32 i32)))
            (import "lockstep" "revert" (func $revert (param i32 i32)))
            (import "lockstep" "panic" (func $panic (param i32 i32)))
            (import "lockstep" "terminate" (func $terminate (param i32)))
            (type $none (func)) (type $one (func (param i32))) (type $two (func (param i32 i32)))
            (memory 1)
            {functions})"#
    );
    let bytes = wat::parse_str(&text).expect("the text is a module");
    let protocol = Protocol::v1();
    let module = validate(&bytes, &protocol).expect("it is accepted");
    let table = table_functions(&module);
    let groups = TableFunctions::new(&table, &module.facts).expect("no mistake");
    let outcomes = Outcomes::of(&module, &groups, counted, &mut Codes::default());
    let outcomes = outcomes.expect("no mistake");
    let defined = module.facts.bodies.len();
    let indices = (module.facts.imported_functions..).take(defined);
    indices.map(|index| outcomes.leads_on(index)).collect()
}

fn on_success(functions: &str) -> Vec<bool> {
    leading(functions, Counted::Success)
}

const ENDS: &str = "(i32.const 0) (i32.const 0)";

#[test]
fn a_function_that_only_fails_does_not_lead_on_but_does_not_trap() {
    let text = format!(
        "(func $fails (export \"a\") (call $revert {ENDS}))
         (func $caller (export \"b\") (call $fails) (nop))
         (func $may (export \"c\") (if (i32.load ({})) (then (call $fails))))
         (func (export \"d\") (unreachable))",
        "i32.const 0"
    );
    assert_eq!(on_success(&text), [false, false, true, false]);
    assert_eq!(leading(&text, Counted::All), [true, true, true, false]);
}

#[test]
fn an_end_with_success_inside_a_callee_leads_on_without_completing() {
    // Behind the call of a function that never completes nothing is reached.
    let text = format!(
        "(func $ends (call $return {ENDS}))
         (func (export \"a\") (call $ends) (call $later))
         (func $later (nop))
         (func $gone (call $terminate (i32.const 0)) (unreachable))
         (func (export \"b\") (call $gone) (unreachable))"
    );
    assert_eq!(on_success(&text), [true, true, false, true, true]);
}

#[test]
fn recursion_leads_on_only_with_a_way_out() {
    let text = format!(
        "(func $endless (export \"a\") (call $endless))
         (func $odd (export \"b\") (call $even))
         (func $even (call $odd) (call $return {ENDS}))
         (func $down (export \"c\") (if (i32.load (i32.const 0)) (then (call $up))))
         (func $up (call $down) (call $down))
         (func (export \"d\") (loop $again (br $again)))"
    );
    assert_eq!(on_success(&text), [false, false, false, true, true, false]);
}

#[test]
fn an_indirect_call_leads_on_when_any_function_of_its_type_does() {
    let text = |elements: &str| {
        format!(
            "(table 4 funcref)
             (elem (i32.const 0) {elements})
             (func $fails (param i32) (call $panic {ENDS}))
             (func $fine (param i32))
             (func $plain)
             (func (export \"one\") (call_indirect (type $one) (i32.const 0) (i32.const 1)))
             (func (export \"two\") (call_indirect (type $two) {ENDS} (i32.const 1)))
             (func (export \"none\") (call_indirect (type $none) (i32.const 1)))"
        )
    };
    let exports = |elements: &str| on_success(&text(elements)).split_off(3);
    assert_eq!(exports("$fails"), [false, false, false]);
    assert_eq!(exports("$fails $fine"), [true, false, false]);
    assert_eq!(exports("$fails $plain"), [false, false, true]);
    // Host functions in the table: one that fails, one that ends with success, as its type does.
    assert_eq!(exports("$fails $revert"), [false, false, false]);
    assert_eq!(exports("$fails $revert $return"), [false, true, false]);
    assert_eq!(exports("$fails $terminate"), [true, false, false]);
    // A function that is found to complete only after an indirect call of it was met.
    let late = "(table 1 funcref) (elem (i32.const 0) $late)
        (func (export \"a\") (call_indirect (type $none) (i32.const 0)))
        (func $late (if (i32.load (i32.const 0)) (then (call_indirect (type $none) (i32.const 0)))))";
    assert_eq!(on_success(late), [true, true]);
}

#[test]
fn branches_lead_where_they_go() {
    let text = format!(
        "(func (export \"out\") (block (br 0) (unreachable)) (nop))
         (func (export \"stuck\") (block (br_table 0 0 (i32.const 1))) (unreachable))
         (func (export \"else\")
           (if (i32.load (i32.const 0)) (then (call $revert {ENDS})) (else (return)))
           (unreachable))
         (func (export \"skipped\") (if (i32.load (i32.const 0)) (then (unreachable))))
         (func (export \"loops\") (loop $again (br_if $again (i32.load (i32.const 0)))))
         (func (export \"both\") (if (i32.load (i32.const 0)) (then (unreachable))
           (else (call $revert {ENDS}))))"
    );
    assert_eq!(on_success(&text), [true, false, true, true, true, false]);
}
