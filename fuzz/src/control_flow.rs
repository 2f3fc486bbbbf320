//! Modules with random control flow, from a seed.
//!
//! General generators of Wasm make code that traps or ends after a few operators. Here the code is
//! made to run: loops count, addresses and divisors are mostly masked, recursion mostly has fuel.
//! What a metering pass may treat in a way of its own is frequent: counted loops of every shape
//! (`loops`), innermost loops of one block, leaf functions, calls in loops, acyclic and recursive
//! calls, values that lie on the operand stack across branches. Some modules take risks: there, a
//! division, an address or an `unreachable` may trap in the middle of a segment. Nothing else
//! bounds a run than its gas and its stack.
//!
//! [`module`] makes the tree ([`syntax`]), [`print`](print::print) the text, and
//! [`minimise`](shrink::minimise) cuts a failing module down. The same seed gives the same module,
//! for ever on one version of this code.

mod expressions;
mod loops;
pub mod print;
pub mod shrink;
mod statements;
pub mod syntax;

use crate::generators::Rng;
use syntax::{Function, Label, Module, SIGNATURES, Type};

/// What kind of module it is.
#[derive(Clone, Copy, Debug)]
struct Profile {
    /// How many percent of the divisors, addresses and so on may trap.
    risk: usize,
    /// Whether functions may call those before them, too.
    recursive: bool,
    /// How many percent of the statements are loops, beyond what is usual.
    loops: usize,
    /// How many statements a function has, about.
    statements: usize,
    /// Whether functions have at most one result, and nothing is copied from data segments.
    narrow: bool,
}

/// The module that `seed` stands for.
pub fn module(seed: u64) -> Module {
    any_module(seed, false)
}

/// The same in what every engine has: functions have at most one result, and nothing is copied from
/// data segments.
pub fn narrow_module(seed: u64) -> Module {
    any_module(seed, true)
}

fn any_module(seed: u64, narrow: bool) -> Module {
    let mut rng = Rng::new(seed);
    let profile = Profile {
        risk: if rng.chance(50) { 0 } else { 4 },
        recursive: rng.chance(25),
        loops: if rng.chance(30) { 35 } else { 8 },
        statements: 3 + rng.below(14),
        narrow,
    };
    generate(&mut rng, profile)
}

/// A module of functions that call each other and themselves, for the bound on the stack.
pub fn recursive_module(seed: u64) -> Module {
    let mut rng = Rng::new(seed);
    let profile = Profile {
        risk: 0,
        recursive: true,
        loops: 2,
        statements: 2 + rng.below(4),
        narrow: false,
    };
    generate(&mut rng, profile)
}

fn generate(rng: &mut Rng, profile: Profile) -> Module {
    let count = 1 + rng.below(6);
    let fits = |index: &usize| !profile.narrow || SIGNATURES[*index].1.len() < 2;
    let fitting: Vec<usize> = (0..SIGNATURES.len()).filter(fits).collect();
    let signatures: Vec<usize> = (0..count).map(|_| rng.pick(&fitting)).collect();
    let functions = (0..count)
        .map(|position| Builder::new(rng, profile, &signatures, position).function())
        .collect();
    let table = (0..8)
        .map(|_| match rng.below(10) {
            0 => None,
            1 => Some(format!(
                "${}",
                rng.pick(&["gas_left", "block_height", "caller"])
            )),
            _ => Some(format!("$f{}", rng.below(count))),
        })
        .collect();
    Module {
        memory_pages: 1,
        functions,
        table,
    }
}

/// How many locals of each type a function has for its statements to use.
const SCRATCH: usize = 2;

/// A function in the making.
struct Builder<'a> {
    rng: &'a mut Rng,
    profile: Profile,
    /// The types of all functions, as positions in [`SIGNATURES`].
    signatures: &'a [usize],
    /// Which of them this one is.
    position: usize,
    /// The types of parameters and locals.
    locals: Vec<Type>,
    /// The locals that any statement may set: the scratch ones.
    settable: Vec<u32>,
    /// The open labels, and whether each is a loop's.
    labels: Vec<(Label, bool)>,
    labels_made: Label,
    /// How many loops are open.
    loops: usize,
    /// How many statements may still be made.
    budget: usize,
}

impl<'a> Builder<'a> {
    fn new(
        rng: &'a mut Rng,
        profile: Profile,
        signatures: &'a [usize],
        position: usize,
    ) -> Builder<'a> {
        let (params, _) = SIGNATURES[signatures[position]];
        let mut builder = Builder {
            budget: profile.statements * 3,
            rng,
            profile,
            signatures,
            position,
            locals: params.to_vec(),
            settable: Vec::new(),
            labels: Vec::new(),
            labels_made: 0,
            loops: 0,
        };
        for ty in [Type::I32, Type::I64] {
            for _ in 0..SCRATCH {
                let local = builder.fresh(ty);
                builder.settable.push(local);
            }
        }
        builder
    }

    /// A new local.
    fn fresh(&mut self, ty: Type) -> u32 {
        self.locals.push(ty);
        self.locals.len() as u32 - 1
    }

    /// Opens a label while `inside` makes what is under it.
    fn labelled<T>(
        &mut self,
        is_loop: bool,
        inside: impl FnOnce(&mut Self, Label) -> T,
    ) -> (Label, T) {
        let label = self.labels_made;
        self.labels_made += 1;
        self.labels.push((label, is_loop));
        self.loops += usize::from(is_loop);
        let made = inside(self, label);
        self.loops -= usize::from(is_loop);
        self.labels.pop();
        (label, made)
    }

    fn function(mut self) -> Function {
        let signature = self.signatures[self.position];
        let (params, results) = SIGNATURES[signature];
        // Some leaves are as small as the helpers that compilers leave uninlined.
        let tiny = self.rng.chance(20);
        let count = if tiny { 1 } else { self.profile.statements };
        let body = self.statements(count);
        let results = results.iter().map(|ty| self.expression(*ty, 2)).collect();
        let exported = self.position == 0 || self.rng.chance(30);
        Function {
            signature,
            locals: self.locals.split_off(params.len()),
            body,
            results,
            exported,
        }
    }
}

#[cfg(test)]
mod tests {
    use lockstep_gas_meter::{Protocol, prepare};

    use super::print::print;
    use super::{module, recursive_module};

    #[test]
    fn every_module_is_accepted() {
        for seed in 0..300 {
            for module in [module(seed), recursive_module(seed)] {
                let text = print(&module);
                let bytes = wat::parse_str(&text)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
                if let Err(error) = prepare(&bytes, &Protocol::v1()) {
                    panic!("seed {seed}: {error}\n{text}");
                }
            }
        }
    }

    #[test]
    fn a_seed_repeats_itself() {
        assert_eq!(print(&module(7)), print(&module(7)));
        assert_ne!(print(&module(7)), print(&module(8)));
    }
}
