//! Operators on the memory: loads, stores, bulk operators, growing.

use super::{Bodies, Contexts};
use crate::calibrate::program::Setup;

const LOADS_I32: [&str; 5] = ["load", "load8_s", "load8_u", "load16_s", "load16_u"];
const LOADS_I64: [&str; 7] = [
    "load", "load8_s", "load8_u", "load16_s", "load16_u", "load32_s", "load32_u",
];
const STORES_I32: [&str; 3] = ["store", "store8", "store16"];
const STORES_I64: [&str; 4] = ["store", "store8", "store16", "store32"];

const REPEATS: u32 = 200;

/// An offset that is another line of 64 bytes in 4 MiB for every k, in no order.
pub(super) fn scattered(k: u32) -> u32 {
    (k.wrapping_mul(40_503).wrapping_add(977) & 0xffff) << 6
}

/// Moves `$p` on by some lines, within 4 MiB.
pub(super) const STRIDE: &str =
    "(local.set $p (i32.and (i32.add (local.get $p) (i32.const 98368)) (i32.const 0x3fffc0)))";

pub(super) fn add(contexts: &mut Contexts) {
    loads(contexts);
    stores(contexts);
    sizes(contexts);
    bulk(contexts);
}

fn loads(contexts: &mut Contexts) {
    contexts.item("load", Some("wasm.load"), None);
    let all = LOADS_I32
        .map(|name| ("i32", "$a", name))
        .into_iter()
        .chain(LOADS_I64.map(|name| ("i64", "$x", name)));
    for (ty, local, name) in all {
        contexts.add(
            format!("{ty}.{name} at a local"),
            Bodies::plain(REPEATS, 1, |k| {
                format!("(local.set {local} ({ty}.{name} offset={k} (local.get $p)))")
            }),
        );
    }
    contexts.add(
        "i32.load at the result before",
        Bodies::plain(REPEATS / 20, 20, |_| {
            format!("local.get $p {} local.set $p", "i32.load ".repeat(20))
        }),
    );
    contexts.add(
        "i64.load with an offset over 16 bits, at a sum",
        Bodies::plain(REPEATS, 1, |_| {
            "(local.set $x (i64.load offset=65000 (i32.and (local.get $n) (i32.const 255))))"
                .to_owned()
        }),
    );
    contexts.add(
        "i64.load across two lines",
        Bodies::plain(REPEATS, 1, |k| {
            format!(
                "(local.set $x (i64.load offset={} (local.get $p)))",
                60 + 64 * (k % 64)
            )
        }),
    );
    contexts
        .add(
            "i32.load along a chain through 8 MiB",
            Bodies::plain(REPEATS / 20, 20, |_| {
                format!("local.get $p {} local.set $p", "i32.load ".repeat(20))
            }),
        )
        .setup(Setup::Chain)
        .hostile();
    contexts
        .add(
            "i64.load scattered over 8 MiB, across two lines",
            Bodies::against(
                REPEATS,
                1,
                |k| {
                    let turn = if k == 0 { STRIDE } else { "" };
                    format!(
                        "{turn}(local.set $x (i64.load offset={} (local.get $p)))",
                        scattered(k) + 60
                    )
                },
                |k| {
                    if k == 0 {
                        STRIDE.to_owned()
                    } else {
                        String::new()
                    }
                },
            ),
        )
        .setup(Setup::Chain)
        .hostile();
}

fn stores(contexts: &mut Contexts) {
    contexts.item("store", Some("wasm.store"), None);
    let all = STORES_I32
        .map(|name| ("i32", "$a", name))
        .into_iter()
        .chain(STORES_I64.map(|name| ("i64", "$x", name)));
    for (ty, local, name) in all {
        contexts.add(
            format!("{ty}.{name} of a local"),
            Bodies::plain(REPEATS, 1, |k| {
                format!("({ty}.{name} offset={k} (local.get $p) (local.get {local}))")
            }),
        );
        contexts.add(
            format!("{ty}.{name} of a constant"),
            Bodies::plain(REPEATS, 1, |k| {
                format!("({ty}.{name} offset={k} (i32.const 64) ({ty}.const 0x12345678))")
            }),
        );
    }
    contexts
        .add(
            "i64.store, loaded again at once",
            Bodies::plain(REPEATS, 1, |k| {
                format!(
                    "(i64.store offset={} (local.get $p) (i64.load offset={} (local.get $p)))",
                    8 * k + 8,
                    8 * k
                )
            }),
        )
        .also("wasm.load", 1.0);
    contexts
        .add(
            "i64.store scattered over 8 MiB, across two lines",
            Bodies::against(
                REPEATS,
                1,
                |k| {
                    let turn = if k == 0 { STRIDE } else { "" };
                    format!(
                        "{turn}(i64.store offset={} (local.get $p) (local.get $x))",
                        scattered(k) + 60
                    )
                },
                |k| {
                    if k == 0 {
                        STRIDE.to_owned()
                    } else {
                        String::new()
                    }
                },
            ),
        )
        .setup(Setup::Chain)
        .hostile();
}

fn sizes(contexts: &mut Contexts) {
    contexts.item("memory.size", Some("wasm.memory_size"), None);
    contexts.add(
        "kept in a local",
        Bodies::plain(REPEATS, 1, |_| "(local.set $a (memory.size))".to_owned()),
    );
    contexts.item(
        "memory.grow",
        Some("wasm.memory_grow"),
        Some("wasm.memory_grow_per_page"),
    );
    contexts
        .add(
            "by nothing",
            Bodies::plain(REPEATS, 1, |_| {
                "(drop (memory.grow (i32.const 0)))".to_owned()
            }),
        )
        .units(0.0);
    for pages in [1_u32, 16, 127] {
        contexts
            .add(
                "once, from one page",
                Bodies::plain(1, 1, |_| {
                    format!("(drop (memory.grow (i32.const {pages})))")
                }),
            )
            .units(f64::from(pages))
            .rounds(1);
    }
    contexts
        .add(
            "page by page, from one page",
            Bodies::plain(1, 127, |_| "(drop (memory.grow (i32.const 1)))".repeat(127)),
        )
        .rounds(1);
}

fn bulk(contexts: &mut Contexts) {
    let data = format!("(data $d \"{}\")", "x".repeat(4096));
    contexts.item("bulk memory", Some("wasm.bulk"), Some("wasm.bulk_per_byte"));
    for (name, call) in [
        (
            "memory.fill",
            "(memory.fill (local.get $p) (local.get $b) (i32.const {}))",
        ),
        (
            "memory.copy",
            "(memory.copy (i32.const 100) (local.get $p) (i32.const {}))",
        ),
        (
            "memory.init",
            "(memory.init $d (local.get $p) (i32.const 0) (i32.const {}))",
        ),
    ] {
        for bytes in [0_u32, 1, 16, 64, 256, 4096] {
            contexts
                .add(
                    name,
                    Bodies::plain(REPEATS, 1, |_| call.replace("{}", &bytes.to_string())),
                )
                .declare(&data)
                .units(f64::from(bytes))
                .rounds(if bytes < 1000 { 500 } else { 20 });
        }
    }
    for bytes in [65_536_u32, 1 << 20, 4 << 20] {
        contexts
            .add(
                "memory.copy of what is in no cache",
                Bodies::plain(4, 1, |k| {
                    let (to, from) = if k % 2 == 0 {
                        (4 << 20, 0)
                    } else {
                        (0, 4 << 20)
                    };
                    format!("(memory.copy (i32.const {to}) (i32.const {from}) (i32.const {bytes}))")
                }),
            )
            .setup(Setup::Chain)
            .units(f64::from(bytes))
            .rounds(1)
            .hostile();
    }
    super::scattered::bulk(contexts, &data);
    contexts.item("data.drop", Some("wasm.data_drop"), None);
    contexts
        .add(
            "of dropped data",
            Bodies::plain(REPEATS, 1, |_| "(data.drop $d)".to_owned()),
        )
        .declare(&data);
}
