//! Modules whose functions do a lot of work in all kinds of places and call each other at random. The
//! code itself keeps account, in its memory, of what it does and how often functions are entered.

use lockstep_gas_meter::{GAS_EXPORT, PreparedModule, Protocol, STACK_EXPORT, prepare};
use wasmi::{Engine, Linker, Module, Store, Val};
use wasmparser::Operator;

use super::{STACK_SLOTS, UNPAID, runs, work};

/// The modules. Instrumenter 11 let one of them, 1,425, do three million gas of work for nothing.
const SEEDS: std::ops::Range<u64> = 1_300..1_700;

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        // xorshift64 of Marsaglia.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        let choice = self.below(u64::try_from(choices.len()).expect("few"));
        choices[usize::try_from(choice).expect("small")]
    }

    /// Adds to a number in memory.
    fn note(place: u32, amount: u64) -> String {
        format!(
            "(i64.store (i32.const {place}) (i64.add (i64.load (i32.const {place})) (i64.const {amount})))"
        )
    }

    /// Work, of which account is kept in front of it.
    fn work(&mut self) -> String {
        match self.below(3) {
            0 => {
                let operators = self.one_of(&[3, 30, 300, 3_000]);
                Self::note(0, operators) + &work(usize::try_from(operators).expect("small"))
            }
            _ => {
                let count = self.one_of(&[5, 40, 300, 360, 800, 1_400]);
                Self::note(0, 10 * u64::from(count)) + &runs(count)
            }
        }
    }

    fn call(&mut self, functions: u64) -> String {
        let argument = self.one_of(&["(i32.const 0)", "(i32.const 1)", "(local.get 0)"]);
        match self.below(2) {
            0 => format!("(call $g{} {argument})", self.below(functions)),
            _ => format!(
                "(call_indirect (type $t) {argument} (i32.const {}))",
                self.below(4)
            ),
        }
    }

    /// A call further down, which ends.
    fn recursion(&mut self, functions: u64) -> String {
        format!(
            "(if (local.get 0) (then (call $g{} (i32.sub (local.get 0) (i32.const 1)))))",
            self.below(functions)
        )
    }

    fn code(&mut self, functions: u64, depth: u32) -> String {
        let count = 1 + self.below(2);
        let code: String = (0..count).map(|_| self.piece(functions, depth)).collect();
        let end = self.one_of(&["", "", "", " unreachable "]);
        code + end
    }

    fn piece(&mut self, functions: u64, depth: u32) -> String {
        let condition = self.one_of(&["(local.get 0)", "(i32.eqz (local.get 0))"]);
        let kind = self.below(if depth > 0 { 13 } else { 5 });
        match kind {
            0 | 1 => self.work(),
            2 | 3 => self.call(functions),
            4 => self.recursion(functions),
            5 => format!(
                "(if {condition} (then {}))",
                self.code(functions, depth - 1)
            ),
            6 => format!(
                "(if {condition} (then {}) (else {}))",
                self.code(functions, depth - 1),
                self.code(functions, depth - 1)
            ),
            7 => format!("(br_if 0 {condition}) {}", self.code(functions, depth - 1)),
            8 => format!(
                "(if {condition} (then {}) (else unreachable))",
                self.code(functions, depth - 1)
            ),
            9 => format!(
                "(loop $q{depth} {} (br_if $q{depth} (i32.eqz (i32.const 1))))",
                self.code(functions, depth - 1)
            ),
            10 => "(loop $once (br_if $once (i32.const 0)))".to_string(),
            11 => format!("(br_if 0 {condition}) return {}", self.call(functions)),
            _ => {
                let code = self.piece(functions, depth - 1);
                let times = self.one_of(&[10_000, 60_000]) / (code.len() + 1);
                code.repeat(times.max(1))
            }
        }
    }

    fn module(&mut self) -> String {
        let functions = 1 + self.below(5);
        let bodies: String = (0..functions)
            .map(|number| {
                let entered = Self::note(8, 1);
                let code = self.code(functions, 3);
                format!("(func $g{number} (type $t) (local i32) {entered} {code})")
            })
            .collect();
        let members: Vec<String> = (0..4)
            .map(|_| format!("$g{}", self.below(functions)))
            .collect();
        format!(
            "(module (type $t (func (param i32))) (memory (export \"memory\") 1)
                (table 4 4 funcref) (elem (i32.const 0) {}) {bodies}
                (func (export \"f\") (type $t) (call $g0 (local.get 0))))",
            members.join(" ")
        )
    }
}

/// What a run of `f` has done, in gas, and how often functions were entered.
fn done(module: &PreparedModule, argument: i32, gas: u64) -> (u64, u64) {
    let engine = Engine::default();
    let code = Module::new(&engine, module.bytes()).expect("prepared code is valid");
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine)
        .instantiate_and_start(&mut store, &code)
        .expect("nothing is imported");
    let counters = [
        (
            GAS_EXPORT,
            Val::I64(i64::try_from(gas).expect("little gas")),
        ),
        (STACK_EXPORT, Val::I32(STACK_SLOTS)),
    ];
    for (name, value) in counters {
        let global = instance.get_global(&store, name).expect("a counter");
        global.set(&mut store, value).expect("it is mutable");
    }
    let function = instance.get_func(&store, "f").expect("an export");
    // However it ends.
    let _ = function.call(&mut store, &[Val::I32(argument)], &mut []);
    let memory = instance.get_memory(&store, "memory").expect("a memory");
    let number = |place: usize| {
        let bytes = memory.data(&store)[place..place + 8].try_into();
        u64::from_le_bytes(bytes.expect("eight bytes"))
    };
    (number(0), number(8))
}

#[test]
fn little_is_done_unpaid_wherever_work_and_calls_are() {
    let schedule = Protocol::v1().schedule;
    let call = Operator::Call { function_index: 0 };
    let call = schedule.operator_price(&call).expect("a price");
    for seed in SEEDS {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let text = random.module();
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{seed}: {error}"));
        if bytes.len() > 200_000 {
            continue;
        }
        let module = prepare(&bytes, &Protocol::v1());
        let module = module.unwrap_or_else(|error| panic!("{seed}: {error}"));
        for gas in [0, 1_000, 30_000, 300_000] {
            for argument in [0, 1, 20] {
                let (gas_done, entered) = done(&module, argument, gas);
                // The work of a leaf that was begun is done, too.
                let paid = gas + UNPAID + 4_096;
                let calls = paid / call;
                assert!(
                    entered <= calls + 1,
                    "seed {seed}: {entered} calls of {argument} for {gas} gas"
                );
                assert!(
                    gas_done <= paid + 16 * entered,
                    "seed {seed}: work of {gas_done} of {argument} for {gas} gas"
                );
            }
        }
    }
}
