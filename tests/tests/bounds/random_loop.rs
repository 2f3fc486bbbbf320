//! Loops with a counter and an end, right and wrong.

/// A small seeded generator.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % bound
    }

    /// One of these.
    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
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
/// What is added to a length: beyond what is counted at its greatest, and no multiple of a step.
const ADDED: [i64; 5] = [4_099, 9_001, 33_001, 50_007, 1_100_003];
const STEPS: [i64; 10] = [1, -1, 1, -1, 2, -2, 3, 8, -8, 0];
const RELATIONS: [&str; 10] = [
    "lt_u", "lt_s", "gt_u", "gt_s", "le_u", "le_s", "ge_u", "ge_s", "ne", "eq",
];

/// A loop with a counter and an end, of every kind of mistake: the end changes, the counter is
/// set twice, the loop is left early, the comparison reads the counter before or after the step.
pub(crate) fn random_loop(random: &mut Random) -> String {
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
    let added = random.of(&ADDED);
    let end = match random.below(7) {
        6 if ty == "i32" => format!("(i32.add (call $input_length) (i32.const {added}))"),
        6 => format!("(i64.add (i64.extend_i32_u (call $input_length)) (i64.const {added}))"),
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
