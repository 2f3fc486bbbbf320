//! The Wasm that calibration runs: a loop around a body, in one frame of code that all programs
//! share, so that two programs differ in their bodies and in nothing else.
//!
//! Every program exports one method, `run`. It sets up the memory, gives the locals operands that
//! are neither 0 nor 1, and runs the body a given number of times. What the frame itself costs
//! falls out when the time of the same program with another body is taken away.
//!
//! The locals: `$p` an address, 0 at first; `$q` a second one, for the setup; `$a` `$b` `$c` 32-bit
//! and `$x` `$y` `$z` 64-bit operands; `$n` the rounds left. The globals `$g` (32-bit) and `$h`
//! (64-bit) can be changed.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{Protocol, prepare};
use lockstep_vm::{
    Call, CompiledModule, Completion, Engine, HostCalls, Meter, Unwind, WasmiEngine,
};

use super::clock::timed;
use crate::problem::Failure;

/// Gas that no program uses up.
pub(crate) const GAS: u64 = 1 << 60;

/// What the memory holds before the body runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Setup {
    /// One page of zeros.
    #[default]
    Zeros,
    /// One page of bytes that no predictor can foresee.
    Random,
    /// 128 pages in which every line of 64 bytes begins with the address of another, in an order
    /// that visits all of them and that no prefetcher follows.
    Chain,
}

/// A program to be written as text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// What stands in the module besides: functions, tables, segments.
    pub(crate) declarations: String,
    /// The memory's contents.
    pub(crate) setup: Setup,
    /// What is run again and again.
    pub(crate) body: String,
    /// How often.
    pub(crate) rounds: u32,
}

impl Program {
    /// The module in text form.
    pub(crate) fn text(&self) -> String {
        let pages = match self.setup {
            Setup::Zeros | Setup::Random => 1,
            Setup::Chain => 128,
        };
        format!(
            "(module\n{declarations}\n(memory {pages})\n{GLOBALS}\n(func (export \"run\")\n{LOCALS}\n\
             {setup}\n(local.set $n (i32.const {rounds}))\n(loop $again\n{body}\n\
             (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))\n",
            declarations = self.declarations,
            setup = self.setup.text(),
            rounds = self.rounds,
            body = self.body,
        )
    }
}

const GLOBALS: &str =
    "(global $g (mut i32) (i32.const 77))\n(global $h (mut i64) (i64.const 0x123456789abcdef))";

const LOCALS: &str = "(local $p i32) (local $q i32) (local $n i32)\n\
    (local $a i32) (local $b i32) (local $c i32) (local $x i64) (local $y i64) (local $z i64)\n\
    (local.set $a (i32.const 0x7ffffff1)) (local.set $b (i32.const 3)) (local.set $c (i32.const 0x5bd1e995))\n\
    (local.set $x (i64.const 0x7ffffffffffffff1)) (local.set $y (i64.const 3)) (local.set $z (i64.const 0x5bd1e9955bd1e995))";

impl Setup {
    /// The operators that fill the memory.
    fn text(self) -> &'static str {
        match self {
            Setup::Zeros => "",
            // xorshift64, eight bytes at a time.
            Setup::Random => {
                "(loop $fill\n\
                 (local.set $z (i64.xor (local.get $z) (i64.shl (local.get $z) (i64.const 13))))\n\
                 (local.set $z (i64.xor (local.get $z) (i64.shr_u (local.get $z) (i64.const 7))))\n\
                 (local.set $z (i64.xor (local.get $z) (i64.shl (local.get $z) (i64.const 17))))\n\
                 (i64.store (local.get $p) (local.get $z))\n\
                 (br_if $fill (i32.lt_u (local.tee $p (i32.add (local.get $p) (i32.const 8))) (i32.const 65536))))\n\
                 (local.set $p (i32.const 0))"
            }
            // The line after line i is 25173 i + 13849 modulo 2^17: a full period.
            Setup::Chain => {
                "(loop $fill\n\
                 (i32.store (i32.shl (local.get $q) (i32.const 6))\n\
                   (i32.shl (i32.and (i32.add (i32.mul (local.get $q) (i32.const 25173)) (i32.const 13849))\n\
                     (i32.const 131071)) (i32.const 6)))\n\
                 (br_if $fill (i32.lt_u (local.tee $q (i32.add (local.get $q) (i32.const 1))) (i32.const 131072))))\n\
                 (local.set $q (i32.const 0))"
            }
        }
    }
}

/// A program that is ready to run.
pub(crate) struct Compiled {
    module: Box<dyn CompiledModule>,
}

/// Instruments and compiles a module in text form, as the machine would.
///
/// # Errors
/// When the text is not a module or is refused: a mistake of whoever wrote the program.
pub(crate) fn compile(text: &str, protocol: &Protocol) -> Result<Compiled, Failure> {
    let bytes = assemble(text)?;
    let prepared = prepare(&bytes, protocol)
        .map_err(|error| Failure::bug(format!("a calibration program: {error}")))?;
    let module = WasmiEngine::new()
        .compile(&prepared)
        .map_err(Failure::bug)?;
    Ok(Compiled { module })
}

/// The binary form of a module in text form.
pub(crate) fn assemble(text: &str) -> Result<Vec<u8>, Failure> {
    wat::parse_str(text).map_err(|error| Failure::bug(format!("a calibration program: {error}")))
}

impl Compiled {
    /// Runs `run` in a fresh instance. Returns the nanoseconds and the gas of its operators.
    ///
    /// # Errors
    /// When it does not return.
    pub(crate) fn time(&self) -> Result<(f64, u64), Failure> {
        let (run, ns) = timed(|| self.run());
        let (completion, gas) = run?;
        match completion {
            Completion::Returned => Ok((ns, gas)),
            other => Err(Failure::bug(format!(
                "a calibration program ended with {other:?}"
            ))),
        }
    }

    /// Runs `run` in a fresh instance. Returns how it ended and the gas of its operators.
    pub(crate) fn run(&self) -> Result<(Completion, u64), Failure> {
        let call = Call {
            method: "run",
            gas: GAS,
            stack_slots: 65_536,
        };
        let run = self.module.run(call, &mut NoHost).map_err(Failure::bug)?;
        let left = u64::try_from(run.meter.gas).unwrap_or(0);
        Ok((run.completion, GAS - left))
    }
}

/// A host that refuses every call.
struct NoHost;

impl HostCalls for NoHost {
    fn call(
        &mut self,
        _function: HostFunction,
        _args: &[u64],
        _memory: &mut [u8],
        _meter: &mut Meter,
    ) -> Result<Option<u64>, Unwind> {
        Err(Unwind)
    }
}

#[cfg(test)]
mod tests {
    use super::{Program, Setup, compile};
    use lockstep_gas_meter::Protocol;
    use lockstep_vm::Completion;

    #[test]
    fn the_frame_runs_with_every_setup() {
        for setup in [Setup::Zeros, Setup::Random, Setup::Chain] {
            let program = Program {
                setup,
                body: "nop".to_owned(),
                rounds: 3,
                ..Program::default()
            };
            let compiled = compile(&program.text(), &Protocol::v1()).expect("it is accepted");
            let (completion, gas) = compiled.run().expect("the engine works");
            assert_eq!(completion, Completion::Returned);
            assert!(gas > 3, "{gas}");
        }
    }

    #[test]
    fn the_chain_visits_every_line_once() {
        let mut line = 0_u32;
        let mut seen = vec![false; 1 << 17];
        for _ in 0..1 << 17 {
            assert!(!seen[line as usize]);
            seen[line as usize] = true;
            line = line.wrapping_mul(25173).wrapping_add(13849) & 131_071;
        }
        assert_eq!(line, 0);
    }
}
