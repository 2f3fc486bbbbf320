//! The statements that a genome can contain, in the text format.
//!
//! Each leaves the operand stack as it was and works with what every rendered program has (see
//! `render`): `$a` `$b` `$c` 32-bit and `$x` `$y` `$z` 64-bit locals; `$p`, the address of
//! another key in every turn; `$r`, an address among random bytes; `$q`, a place on a chain of
//! addresses through the whole memory; `$w`, a place in its lower part. `{s}` becomes a small
//! offset, `{o}` an offset in the lower part of the memory, `{n}` a size, `{v}` a larger one.

mod host;

use lockstep_abi::HostFunction;

use self::host::HOST;

/// A kind of statement.
pub(super) struct Template {
    pub(super) text: &'static str,
    /// The host functions that it calls.
    pub(super) imports: &'static [HostFunction],
    /// Whether it needs the memory of 8 MiB.
    pub(super) wide: bool,
}

const fn plain(text: &'static str) -> Template {
    Template {
        text,
        imports: &[],
        wide: false,
    }
}

const fn wide(text: &'static str) -> Template {
    Template {
        text,
        imports: &[],
        wide: true,
    }
}

/// Statements without host functions.
static PLAIN: [Template; 54] = [
    plain("(local.set $a (i32.add (local.get $a) (local.get $b)))"),
    plain("(local.set $x (i64.popcnt (local.get $x)))"),
    plain(
        "local.get $a i32.popcnt i32.clz i32.popcnt i32.ctz i32.popcnt i32.eqz i32.popcnt local.set $a",
    ),
    plain(
        "local.get $x i64.popcnt i64.popcnt i64.clz i64.popcnt i64.popcnt i64.ctz i64.extend8_s local.set $x",
    ),
    plain(
        "(local.set $a (i32.wrap_i64 (i64.extend_i32_s (i32.wrap_i64 (i64.rotl (local.get $x) (local.get $y))))))",
    ),
    plain("(local.set $x (i64.mul (local.get $x) (local.get $z)))"),
    plain("(local.set $c (i32.mul (i32.const 0x7fffffff) (local.get $b)))"),
    plain("(local.set $x (i64.div_u (i64.or (local.get $x) (local.get $z)) (i64.const 1)))"),
    plain("(local.set $x (i64.rem_s (i64.or (local.get $x) (local.get $z)) (i64.const 3)))"),
    plain(
        "(local.set $a (i32.div_s (i32.const 0x7fffffff) (i32.or (local.get $a) (i32.const 1))))",
    ),
    plain("(local.set $c (i32.lt_u (local.get $a) (local.get $b)))"),
    plain(
        "(local.set $x (select (local.get $y) (local.get $z) (i64.lt_s (local.get $x) (local.get $y))))",
    ),
    plain(
        "(local.set $x (select (local.get $y) (local.get $z) (i32.and (i32.load8_u offset={s} (local.get $r)) (i32.const 1))))",
    ),
    plain("local.get $x local.get $z local.set $x local.set $z"),
    plain("(local.set $a (local.tee $b (local.get $c)))"),
    plain("(local.set $x (i64.const 0x7123456789abcdef))"),
    plain("(drop (i32.eqz (local.get $a)))"),
    plain("(global.set $h (i64.add (global.get $h) (local.get $y)))"),
    plain("(local.set $a (global.get $g)) (global.set $g (local.get $b))"),
    plain("(local.set $a (memory.size))"),
    plain("(drop (memory.grow (i32.const 0)))"),
    plain("(local.set $a (i32.load offset={s} (local.get $r)))"),
    plain("(local.set $x (i64.load offset={s} (i32.add (local.get $r) (i32.const 60))))"),
    plain(
        "(i64.store offset=65600 (i32.const 0) (local.get $x)) (local.set $x (i64.load offset=65600 (i32.const 0)))",
    ),
    plain("(i32.store8 offset={s} (i32.const 65536) (local.get $a))"),
    plain("(i64.store offset=65597 (local.get $p) (i64.const 0x123456789))"),
    wide(
        "local.get $q i32.load i32.load i32.load i32.load i32.load i32.load i32.load i32.load local.set $q",
    ),
    wide("(local.set $q (i32.load (local.get $q)))"),
    wide("(local.set $x (i64.load offset={o} (local.get $w)))"),
    wide("(i64.store offset={o} (local.get $w) (local.get $x))"),
    wide("(i32.store8 offset={o} (local.get $w) (local.get $a))"),
    wide("(local.set $w (i32.and (i32.add (local.get $w) (i32.const 98368)) (i32.const 0xfffc0)))"),
    wide("(memory.copy (i32.const 0x200000) (i32.const 0x400000) (i32.const {v}))"),
    plain(
        "(block (br_if 0 (i32.and (i32.load8_u offset={s} (local.get $r)) (i32.const 1))) (local.set $c (local.get $b)))",
    ),
    plain("(block (br_if 0 (local.get $b)) (local.set $c (local.get $b)))"),
    plain("(block (br_if 0 (i32.eqz (local.get $b))) (br 0))"),
    plain(
        "(if (i32.and (i32.load8_u offset={s} (local.get $r)) (i32.const 1)) (then (local.set $c (local.get $b))) (else (local.set $c (local.get $a))))",
    ),
    plain("(if (local.get $b) (then nop))"),
    plain(
        "(block (block (block (br_table 0 1 2 (i32.and (i32.load8_u offset={s} (local.get $r)) (i32.const 3)))) (local.set $c (local.get $b))) (local.set $c (local.get $a)))",
    ),
    plain("(loop (br_if 0 (i32.eqz (local.get $b))))"),
    plain("(call $empty)"),
    plain("(call $locals)"),
    plain("(local.set $a (call $one (local.get $a)))"),
    plain(
        "(call $many (local.get $x) (local.get $y) (local.get $z) (local.get $x) (local.get $y) (local.get $z) (local.get $x) (local.get $y))",
    ),
    plain("(call $deep (i32.const 30))"),
    plain(
        "(call_indirect (type $nothing) (i32.and (i32.load8_u offset={s} (local.get $r)) (i32.const 7)))",
    ),
    plain("(call_indirect (type $nothing) (i32.const 3))"),
    plain("(memory.fill (i32.const 65536) (local.get $b) (i32.const {n}))"),
    plain("(memory.copy (i32.const 65539) (i32.const 65536) (i32.const {n}))"),
    plain("(memory.init $d (i32.const 65536) (i32.const 0) (i32.const 16)) (data.drop $e)"),
    wide("(memory.fill (i32.add (local.get $w) (i32.const {o})) (local.get $b) (i32.const 1))"),
    wide("(memory.copy (i32.const 32) (i32.add (local.get $w) (i32.const {o})) (i32.const 1))"),
    wide("(memory.init $d (i32.add (local.get $w) (i32.const {o})) (i32.const 0) (i32.const 1))"),
    wide(
        "(memory.copy (i32.const 32) (local.get $q) (i32.const 4)) (local.set $q (i32.load (i32.const 32)))",
    ),
];

/// How many kinds there are.
pub(super) fn templates_count() -> usize {
    PLAIN.len() + HOST.len()
}

/// A kind by its number, which is below their count.
pub(super) fn template(number: usize) -> &'static Template {
    match number.checked_sub(PLAIN.len()) {
        None => &PLAIN[number],
        Some(number) => &HOST[number],
    }
}

/// What `{n}` can become.
const SIZES: [u32; 8] = [0, 1, 31, 64, 137, 500, 1024, 4096];

impl Template {
    /// The statement, with its numbers drawn from `number`.
    pub(super) fn statement(&self, number: u32) -> String {
        let size = SIZES[number as usize % SIZES.len()];
        self.text
            .replace("{s}", &(number % 2048).to_string())
            .replace("{o}", &(((number & 0x7fff) << 6) + 60).to_string())
            .replace("{n}", &size.to_string())
            .replace("{v}", &(1 << (12 + number % 9)).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::PLAIN;

    #[test]
    fn every_bulk_operator_is_also_used_all_over_a_wide_memory() {
        for name in ["(memory.fill", "(memory.copy", "(memory.init"] {
            let mut wide = PLAIN.iter().filter(|template| template.wide);
            let scattered = |text: &str| text.starts_with(name) && text.contains("{o}");
            assert!(wide.any(|template| scattered(template.text)), "{name}");
        }
    }
}
