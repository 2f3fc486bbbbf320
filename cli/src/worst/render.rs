//! A genome as a module.
//!
//! The body stands in a loop whose turns are the length of the call's input, so that one module
//! can be run for any number of turns. Memory: 64 keys of 32 bytes from 0; random bytes from
//! 8,192 to 40,960; a key of 256 zeros at 60,000; a code hash and the name `run` at 61,000; two
//! contracts and a value of 1 at 61,100; signatures that are valid at 61,300; a value of 0 at
//! 62,000; room from 65,536. When a statement needs a wide memory, a chain of addresses leads
//! through the lines of 64 bytes from 1 MiB to 8 MiB.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lockstep_abi::HostFunction;

use super::genome::Genome;
use super::templates::template;
use crate::calibrate::host_calls::{SIGNED, escaped, import};

/// What a program finds in its world.
pub(super) struct Surroundings {
    /// Storage keys that exist.
    pub(super) keys: Vec<[u8; 32]>,
    /// Code whose method `run` does nothing.
    pub(super) idle_code: [u8; 32],
    /// A contract of such code.
    pub(super) idle_contract: [u8; 32],
    /// A contract whose method `run` gives back some thousand bytes.
    pub(super) echo_contract: [u8; 32],
}

const DECLARATIONS: &str = r#"(type $nothing (func))
(table 8 funcref)
(elem (i32.const 0) $empty $other $third $empty $other $third $empty $other)
(data $d "0123456789abcdef") (data $e "0")
(global $g (mut i32) (i32.const 7)) (global $h (mut i64) (i64.const 7))
(func $empty) (func $other (global.set $g (i32.const 1))) (func $third (global.set $g (i32.const 2)))
(func $locals (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64))
(func $one (param i32) (result i32) (local.get 0))
(func $many (param i64 i64 i64 i64 i64 i64 i64 i64))
(func $deep (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
"#;

const LOCALS: &str = "(local $a i32) (local $b i32) (local $c i32) (local $x i64) (local $y i64) (local $z i64)
(local $p i32) (local $r i32) (local $q i32) (local $w i32) (local $n i32)
(local.set $a (i32.const 0x7ffffff1)) (local.set $b (i32.const 3)) (local.set $c (i32.const 0x5bd1e995))
(local.set $x (i64.const 0x7ffffffffffffff1)) (local.set $y (i64.const 3)) (local.set $z (i64.const 0x5bd1e9955bd1e995))
(local.set $r (i32.const 8192))
(loop $fill
  (local.set $z (i64.xor (local.get $z) (i64.shl (local.get $z) (i64.const 13))))
  (local.set $z (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 7))))
  (local.set $z (i64.xor (local.get $z) (i64.shl (local.get $z) (i64.const 17))))
  (i64.store (local.get $r) (local.get $z))
  (br_if $fill (i32.lt_u (local.tee $r (i32.add (local.get $r) (i32.const 8))) (i32.const 40960))))
(local.set $r (i32.const 8192))
";

/// Walks the lines in the order of a generator of full period and links those from 1 MiB on.
const CHAIN: &str = "(local.set $q (i32.const 16384)) (local.set $w (i32.const 16384)) (local.set $n (i32.const 131072))
(loop $link
  (local.set $w (i32.and (i32.add (i32.mul (local.get $w) (i32.const 25173)) (i32.const 13849)) (i32.const 131071)))
  (if (i32.ge_u (local.get $w) (i32.const 16384)) (then
    (i32.store (i32.shl (local.get $q) (i32.const 6)) (i32.shl (local.get $w) (i32.const 6)))
    (local.set $q (local.get $w))))
  (br_if $link (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
(local.set $q (i32.const 0x100000)) (local.set $w (i32.const 0))
";

/// What moves on from turn to turn.
const TURN: &str = "(local.set $p (i32.and (i32.add (local.get $p) (i32.const 32)) (i32.const 2047)))
(local.set $r (i32.add (i32.and (i32.add (local.get $r) (i32.const 211)) (i32.const 16383)) (i32.const 8192)))
(br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))";

/// A digest; a signature of 65 bytes that recovers a key; a signature of 64 bytes and its key.
fn signatures() -> Vec<u8> {
    let parts = SIGNED.map(|part| hex::decode(part).unwrap_or_default());
    let [digest, recoverable, signature, key] = parts;
    [digest, recoverable, vec![1], signature, key].concat()
}

/// The module in text form.
pub(super) fn render(genome: &Genome, around: &Surroundings) -> String {
    let templates = || genome.genes.iter().map(|gene| template(gene.template));
    let wide = templates().any(|template| template.wide);
    let mut imports: BTreeSet<HostFunction> =
        templates().flat_map(|it| it.imports).copied().collect();
    imports.insert(HostFunction::InputLength);
    let mut text = String::from("(module\n");
    imports
        .iter()
        .for_each(|function| text.push_str(&import(*function)));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "(memory {})", if wide { 128 } else { 6 });
    let keys: Vec<u8> = around.keys.iter().take(64).flatten().copied().collect();
    let _ = writeln!(text, "(data (i32.const 0) \"{}\")", escaped(&keys));
    let _ = writeln!(
        text,
        "(data (i32.const 61000) \"{}run\")",
        escaped(&around.idle_code)
    );
    // A value of 1 stands behind the two contracts; the value of 0 at 62,000 is what is there.
    let contracts = [around.idle_contract, around.echo_contract].concat();
    let _ = writeln!(
        text,
        "(data (i32.const 61100) \"{}\\01\")",
        escaped(&contracts)
    );
    let _ = writeln!(
        text,
        "(data (i32.const 61300) \"{}\")",
        escaped(&signatures())
    );
    text.push_str(DECLARATIONS);
    let _ = writeln!(
        text,
        "(func (export \"run\") {LOCALS}{}",
        if wide { CHAIN } else { "" }
    );
    text.push_str("(local.set $n (call $input_length))\n(loop $again\n");
    for gene in &genome.genes {
        for k in 0..gene.repeats {
            let number = gene.number.wrapping_add(k.wrapping_mul(40_503));
            // The size of a gene stays the same in all of its repetitions.
            let number = (number & !7) | (gene.number & 7);
            let _ = writeln!(text, "{}", template(gene.template).statement(number));
        }
    }
    text + TURN + ")))\n"
}
