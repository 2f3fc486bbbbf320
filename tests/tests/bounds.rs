//! Static bounds against what runs use: no run that does not trap uses more than the bound of its
//! export, and an exact bound is used to the last unit.
//!
//! The runs are those of the reference interpreter, whose host charges and answers as the machine
//! does. LOCKSTEP_BOUNDS sets how many generated modules and random loops are tried.

use std::rc::Rc;

use lockstep_abi::HostFunction;
use lockstep_gas_meter::{Bound, Protocol, Quantity, bounds, validate};
use lockstep_reference::{Host, HostCall, Instance, Meter, Module, Refused, Stop};
use lockstep_tests::{argument_lists, distinct_prices, generate, programs};

/// How many modules and loops are tried when nobody says otherwise.
const CASES: u64 = 250;
/// Little enough that endless loops end soon.
const GAS: i64 = 60_000;
const STACK: i64 = 60_000;
/// What `input_length` answers.
const INPUT_BYTES: u64 = 300;

/// A host that charges by the schedule and answers within the limits.
struct Charging<'p> {
    protocol: &'p Protocol,
    state: u64,
    /// Whether a call was refused that the machine refuses, which is a trap.
    trapped: bool,
}

impl Charging<'_> {
    fn next(&mut self) -> u64 {
        self.state = self
            .state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(1);
        self.state >> 33
    }

    /// Bytes in and out of a call, or `None` when the machine would refuse it.
    fn lengths(&mut self, name: &str, arguments: &[u64]) -> Option<(u64, u64)> {
        let limits = &self.protocol.limits;
        let within = |length: u64, limit: u32| (length <= u64::from(limit)).then_some(length);
        Some(match name {
            "return" | "revert" | "panic" => (within(arguments[1], limits.output_bytes_max)?, 0),
            "emit_event" => {
                let topics = within(arguments[1], limits.event_topics_max)? * 32;
                let data = within(arguments[3], limits.event_data_bytes_max)?;
                (topics + data, 0)
            }
            "storage_read" => {
                let key = within(arguments[1], limits.storage_key_bytes_max)?;
                let room = u64::from(limits.storage_value_bytes_max) + 1;
                (key, self.next() % room)
            }
            _ => (0, 0),
        })
    }
}

impl Host for Charging<'_> {
    fn call(&mut self, call: HostCall<'_>) -> Result<u64, Refused> {
        let function = HostFunction::from_name(call.name).expect("a host function");
        let price = self.protocol.schedule.host_price(function);
        let Some((bytes_in, bytes_out)) = self.lengths(call.name, call.arguments) else {
            self.trapped = true;
            return Err(Refused);
        };
        let cost = price.base + price.per_input_byte * bytes_in + price.per_output_byte * bytes_out;
        call.meter.gas_left -= i64::try_from(cost).expect("prices are small");
        if call.meter.gas_left < 0 {
            self.trapped = true;
            return Err(Refused);
        }
        match call.name {
            "return" | "revert" | "panic" | "terminate" => Err(Refused),
            "input_length" => Ok(INPUT_BYTES),
            "is_read_only" => Ok(self.next() & 1),
            "storage_read" => Ok(bytes_out),
            _ => Ok(self.next()),
        }
    }
}

/// What the checks came to, to see that they checked something.
#[derive(Debug, Default)]
struct Checked {
    exact: u64,
    at_most: u64,
    linear: u64,
    unbounded: u64,
    runs: u64,
}

/// The most that a run with these arguments may use.
fn limit_of(bound: &Bound, arguments: &[u64]) -> Option<u64> {
    match bound {
        Bound::Exact { gas } | Bound::AtMost { gas } => Some(*gas),
        Bound::Linear { base, terms, .. } => {
            let mut sum = *base;
            for term in terms {
                let units = match term.quantity {
                    Quantity::Parameter { index } => arguments[index as usize],
                    Quantity::InputLength => INPUT_BYTES,
                    _ => term.quantity_max,
                };
                // A run in which it is greater traps.
                let units = units.min(term.quantity_max);
                sum = sum.saturating_add(term.per_unit.saturating_mul(units));
            }
            Some(sum)
        }
        Bound::Unbounded { causes, .. } => {
            assert!(!causes.is_empty());
            None
        }
        Bound::Traps => Some(0),
    }
}

/// Runs an export once: what was used and whether it ended without a trap.
fn run(
    module: &Rc<Module>,
    protocol: &Protocol,
    name: &str,
    arguments: &[u64],
    gas: i64,
) -> Option<(i64, Meter, Result<(), Stop>)> {
    let mut instance = Instance::new(module, protocol.limits.memory_pages_max).ok()?;
    let mut meter = Meter::new(gas, STACK);
    let mut host = Charging {
        protocol,
        state: 7,
        trapped: false,
    };
    let result = instance.invoke(name, arguments, &mut meter, &mut host);
    let result = match result {
        Err(Stop::Host) if !host.trapped => Ok(()),
        Err(Stop::Host) => Err(Stop::Unreachable),
        other => other.map(|_| ()),
    };
    Some((gas - meter.gas_left, meter, result))
}

/// Checks every export of a module for every list of arguments.
fn check(bytes: &[u8], protocol: &Protocol, what: &str, checked: &mut Checked) {
    let Ok(valid) = validate(bytes, protocol) else {
        return;
    };
    let found = bounds(&valid).expect("no mistake in the analysis");
    let module = Module::decode(bytes, &protocol.schedule).expect("the reference knows it");
    let module = Rc::new(module);
    for export in found {
        match &export.bound {
            Bound::Exact { .. } => checked.exact += 1,
            Bound::AtMost { .. } => checked.at_most += 1,
            Bound::Linear { .. } => checked.linear += 1,
            Bound::Unbounded { .. } => checked.unbounded += 1,
            Bound::Traps => {}
        }
        let Some(ty) = module.exported_function(&export.name) else {
            continue;
        };
        for arguments in argument_lists(ty).iter().step_by(5) {
            let place = || format!("{what}, {}{arguments:?}: {:?}", export.name, export.bound);
            let Some(limit) = limit_of(&export.bound, arguments) else {
                continue;
            };
            let Some((used, meter, result)) = run(&module, protocol, &export.name, arguments, GAS)
            else {
                return;
            };
            checked.runs += 1;
            let used = u64::try_from(used).expect("gas is used, not made");
            match result {
                Ok(()) => {
                    assert!(used <= limit, "{used} is above {}", place());
                    if let Bound::Exact { gas } = &export.bound {
                        assert_eq!(used, *gas, "{}", place());
                    }
                    assert!(export.bound != Bound::Traps, "{}", place());
                }
                // With more gas than the bound a run may only run out on its way to a trap.
                Err(Stop::OutOfGas) if limit <= GAS as u64 && meter.operand_gas == 0 => {
                    let again = run(&module, protocol, &export.name, arguments, GAS * 20);
                    let (.., result) = again.expect("it ran before");
                    assert!(
                        !matches!(result, Ok(()) | Err(Stop::OutOfGas)),
                        "{result:?} with gas to spare: {}",
                        place()
                    );
                }
                Err(_) => {}
            }
        }
    }
}

#[test]
fn no_generated_module_uses_more_than_its_bounds() {
    let protocols = [Protocol::v1(), distinct_prices(128)];
    let mut checked = Checked::default();
    for seed in 0..cases() {
        let protocol = &protocols[usize::from(seed % 8 >= 4)];
        check(
            &generate(seed),
            protocol,
            &format!("seed {seed}"),
            &mut checked,
        );
    }
    println!("{checked:#?}");
    if cases() >= CASES {
        assert!(checked.exact > 50, "{checked:?}");
        assert!(checked.at_most > 50, "{checked:?}");
        assert!(checked.runs > 500, "{checked:?}");
    }
}

#[test]
fn no_program_uses_more_than_its_bounds() {
    let mut checked = Checked::default();
    for (name, bytes) in programs() {
        check(&bytes, &distinct_prices(4), &name, &mut checked);
    }
    assert!(checked.runs > 100, "{checked:?}");
}

/// A small seeded generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % bound
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

const NUMBERS: [i64; 14] = [
    0,
    1,
    2,
    3,
    5,
    8,
    40,
    300,
    -1,
    -2,
    -7,
    -300,
    0x7fff_fffe,
    -0x8000_0000,
];
const STEPS: [i64; 10] = [1, -1, 1, -1, 2, -2, 3, 8, -8, 0];
const RELATIONS: [&str; 10] = [
    "lt_u", "lt_s", "gt_u", "gt_s", "le_u", "le_s", "ge_u", "ge_s", "ne", "eq",
];

/// A loop with a counter and an end, of every kind of mistake: the end changes, the counter is
/// set twice, the loop is left early, the comparison reads the counter before or after the step.
fn random_loop(random: &mut Random) -> String {
    let ty = random.of(&["i32", "i64"]);
    let (start, end) = (random.of(&NUMBERS), random.of(&NUMBERS));
    let (step, other) = (random.of(&STEPS), random.of(&STEPS));
    let relation = random.of(&RELATIONS);
    let start = match random.below(6) {
        0 => format!("({ty}.const {start})"),
        1 => "(local.get $p)".to_string(),
        2 => format!("({ty}.and (local.get $p) ({ty}.const 31))"),
        3 => format!("({ty}.add (local.get $p) ({ty}.const 3))"),
        4 if ty == "i32" => "(call $input_length)".to_string(),
        _ => format!("(local.get $q) ({ty}.const {start}) ({ty}.sub)"),
    };
    let end = match random.below(6) {
        0 => "(local.get $q)".to_string(),
        1 => format!("({ty}.and (local.get $q) ({ty}.const 63))"),
        2 => format!("({ty}.add (local.get $i) ({ty}.const {end}))"),
        _ => format!("({ty}.const {end})"),
    };
    let add = |by: i64| format!("(local.set $i ({ty}.add (local.get $i) ({ty}.const {by})))");
    let compare = format!("({ty}.{relation} (local.get $i) (local.get $end))");
    let extra = match random.below(10) {
        0 => format!("(local.set $end ({ty}.add (local.get $end) ({ty}.const 1)))"),
        1 => add(other),
        2 => format!("(if ({ty}.eqz (local.get $q)) (then {}))", add(other)),
        3 => format!("(br_if $out ({ty}.eq (local.get $q) (local.get $i)))"),
        4 if ty == "i32" => "(i32.store8 (local.get $i) (i32.const 1))".to_string(),
        5 => "(br_table $again $out $out (local.get $n))".to_string(),
        6 => format!(
            "(local.set $j ({ty}.const 4)) (loop $inner (local.set $j ({ty}.sub (local.get $j) \
             ({ty}.const 1))) (br_if $out ({ty}.eqz (local.get $q))) (br_if $inner \
             ({ty}.ne (local.get $j) ({ty}.const 0))))"
        ),
        _ => String::new(),
    };
    let body = match random.below(4) {
        0 => format!("{extra} {} (br_if $again {compare})", add(step)),
        1 => format!(
            "(br_if $out (i32.eqz {compare})) {extra} {} (br $again)",
            add(step)
        ),
        2 => format!("{} {extra} (if {compare} (then (br $again)))", add(step)),
        _ => format!("{compare} {} {extra} (br_if $again)", add(step)),
    };
    format!(
        "(module (import \"lockstep\" \"input_length\" (func $input_length (result i32)))
           (memory 1 2)
           (func (export \"f\") (param $p {ty}) (param $q {ty})
             (local $i {ty}) (local $end {ty}) (local $j {ty}) (local $n i32)
             (local.set $i {start}) (local.set $end {end})
             (block $out (loop $again {body}))))"
    )
}

#[test]
fn no_random_loop_uses_more_than_its_bound() {
    let protocol = Protocol::v1();
    let mut checked = Checked::default();
    let mut random = Random(1);
    for case in 0..cases() * 5 {
        let text = random_loop(&mut random);
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        check(
            &bytes,
            &protocol,
            &format!("loop {case}\n{text}"),
            &mut checked,
        );
    }
    println!("{checked:#?}");
    if cases() >= CASES {
        assert!(checked.exact > 20, "{checked:?}");
        assert!(checked.at_most > 100, "{checked:?}");
        assert!(checked.linear > 50, "{checked:?}");
        assert!(checked.unbounded > 100, "{checked:?}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "chooses how many cases are tried; no result depends on it"
)]
fn cases() -> u64 {
    let Ok(text) = std::env::var("LOCKSTEP_BOUNDS") else {
        return CASES;
    };
    text.parse().expect("the variable is a number")
}
