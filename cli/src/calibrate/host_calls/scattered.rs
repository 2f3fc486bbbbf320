//! Host functions that wait for memory: what they read or write lies at another place of 8 MiB in
//! every turn, or in a map of the machine that has grown large.

use lockstep_abi::HostFunction as F;

use super::{BUFFER, FIXED, HostContexts, path};

/// How often a call is made at scattered addresses.
const TURNS: u32 = 20_000;
/// The most events that a transaction may emit, about.
const EVENTS: u32 = 1_000;
/// How many entries a map of the machine has.
const ENTRIES: u32 = 50_000;
/// How often a large map is asked.
const QUESTIONS: u32 = 20_000;

/// A second place, always in another line than `$p`.
const ELSEWHERE: &str = "(i32.xor (local.get $p) (i32.const 0x2aaa80))";

/// A context of the newest item, which is the one of this function, whose bytes are all over a
/// memory of 8 MiB. Nothing for a function that reads and writes none there.
pub(super) fn memory(contexts: &mut HostContexts, function: F) {
    let name = function.name();
    let (call, units) = match function {
        F::Caller | F::SelfId | F::Origin | F::Value => {
            (format!("(call ${name} (local.get $p))"), 0)
        }
        F::Balance => (format!("(call ${name} (local.get $p) {ELSEWHERE})"), 0),
        F::InputRead => (
            format!("(call ${name} (local.get $p) (i32.const 0) (i32.const 1))"),
            1,
        ),
        F::DebugLog => (format!("(call ${name} (local.get $p) (i32.const 1))"), 1),
        F::EmitEvent => (
            format!("(call ${name} (i32.const 0) (i32.const 0) (local.get $p) (i32.const 1))"),
            1,
        ),
        F::HashSha2x256
        | F::HashSha3x256
        | F::HashKeccak256
        | F::HashBlake2b256
        | F::HashBlake2b128 => (
            format!("(call ${name} (local.get $p) (i32.const 1) {ELSEWHERE})"),
            1,
        ),
        _ => return,
    };
    let turns = if function == F::EmitEvent {
        EVENTS
    } else {
        TURNS
    };
    let context = contexts
        .add(function, "at places scattered over 8 MiB", turns, call)
        .units(units)
        .wide()
        .hostile();
    if function == F::InputRead {
        context.input = vec![7];
    }
}

/// A number that is another one for every value of `$n`, in no order.
const NUMBER: &str = "(i32.mul (local.get $n) (i32.const 0x2545f491))";

/// Runs some text for `$n` from this number down to 1.
fn for_each(count: u32, text: &str) -> String {
    format!(
        "(local.set $n (i32.const {count})) (loop $fill {text} \
         (br_if $fill (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"
    )
}

/// A context of the newest item: a transient entry among many, under a key of so many bytes that
/// differs from the others in its last four.
pub(super) fn transient(contexts: &mut HostContexts, function: F, key_bytes: u32) {
    let name = function.name();
    let at = BUFFER + key_bytes - 4;
    let set = format!("(i32.store (i32.const {at}) {NUMBER})");
    let key = format!("(i32.const {BUFFER}) (i32.const {key_bytes})");
    let nothing = format!("(i32.const {FIXED}) (i32.const 0)");
    let write = format!("{set} (call $transient_write {key} {nothing})");
    let call = match function {
        F::TransientWrite => write.clone(),
        F::TransientRemove => format!("{set} (drop (call ${name} {key}))"),
        _ => format!("{set} (drop (call ${name} {key} {nothing}))"),
    };
    let context = contexts
        .add(
            function,
            format!("among {ENTRIES} keys of {key_bytes} bytes"),
            QUESTIONS,
            call,
        )
        .units(key_bytes)
        .hostile();
    context.alone();
    context.prologue = for_each(ENTRIES, &write);
    if function != F::TransientWrite {
        context.imports.push(F::TransientWrite);
    }
    if function == F::TransientRead {
        context.also(path(function, "per_output_byte"), 0.0);
    }
}

/// A context of the newest item: the balance of one of many accounts that were asked for before.
pub(super) fn balances(contexts: &mut HostContexts) {
    let set = format!("(i32.store (i32.const {BUFFER}) {NUMBER})");
    let call = format!("{set} (call $balance (i32.const {BUFFER}) (i32.const {FIXED}))");
    contexts
        .add(
            F::Balance,
            "among many that were asked for",
            QUESTIONS,
            call.clone(),
        )
        .hostile()
        .alone()
        .prologue = for_each(ENTRIES, &call);
}
