//! Which worlds take part in a candidate.

use super::{Cadence, World};

/// A world whose cadence is [`Cadence::InTurn`] takes part in one of so many candidates.
const TURN_ROUNDS: u64 = 8;

/// The positions of the worlds that take part in the candidate of this number, from 0. They follow
/// from the number and from whether the candidate reaches something new. In the first, all do.
pub fn taking_part(worlds: &[Box<dyn World>], number: u64, is_new: bool) -> Vec<usize> {
    let turn = match (is_new, number.is_multiple_of(TURN_ROUNDS)) {
        (true, _) => Some(number),
        (false, true) => Some(number / TURN_ROUNDS),
        (false, false) => None,
    };
    let turn = turn.and_then(|turn| turn.checked_rem(in_turn(worlds)));
    let mut place = 0;
    let mut positions = Vec::with_capacity(worlds.len());
    for (position, world) in worlds.iter().enumerate() {
        let is_due = match world.cadence() {
            Cadence::Always => true,
            Cadence::OneOf(rounds) => is_new || number.is_multiple_of(rounds.max(1)),
            Cadence::InTurn => {
                let is_due = number == 0 || turn == Some(place);
                place += 1;
                is_due
            }
        };
        positions.extend(is_due.then_some(position));
    }
    positions
}

/// How many worlds take turns.
fn in_turn(worlds: &[Box<dyn World>]) -> u64 {
    let cadences = worlds.iter().map(|world| world.cadence());
    let count = cadences.filter(|cadence| *cadence == Cadence::InTurn);
    u64::try_from(count.count()).unwrap_or(u64::MAX)
}

/// In one of how many candidates a world of these takes part, apart from those that reach something
/// new.
pub(crate) fn one_of(worlds: &[Box<dyn World>], cadence: Cadence) -> u64 {
    match cadence {
        Cadence::Always => 1,
        Cadence::OneOf(rounds) => rounds,
        Cadence::InTurn => TURN_ROUNDS.saturating_mul(in_turn(worlds)),
    }
}

#[cfg(test)]
mod tests {
    use super::{TURN_ROUNDS, one_of, taking_part};
    use crate::fuzz_det::history::History;
    use crate::fuzz_det::record::Watch;
    use crate::fuzz_det::world::{Answer, Cadence, World};
    use crate::problem::Failure;

    struct Idle(Cadence);

    impl World for Idle {
        fn name(&self) -> String {
            "idle".to_string()
        }

        fn about(&self) -> String {
            "nothing".to_string()
        }

        fn cadence(&self) -> Cadence {
            self.0
        }

        fn execute(&mut self, _history: &History, _watch: Watch) -> Result<Answer, Failure> {
            Ok(Answer::Stopped)
        }
    }

    fn worlds() -> Vec<Box<dyn World>> {
        let cadences = [
            Cadence::InTurn,
            Cadence::Always,
            Cadence::InTurn,
            Cadence::OneOf(4),
            Cadence::InTurn,
        ];
        let worlds = cadences.map(|cadence| -> Box<dyn World> { Box::new(Idle(cadence)) });
        worlds.into()
    }

    #[test]
    fn all_take_part_in_the_first_and_then_each_in_its_turn() {
        let worlds = worlds();
        assert_eq!(taking_part(&worlds, 0, true), [0, 1, 2, 3, 4]);
        assert_eq!(taking_part(&worlds, 1, false), [1]);
        assert_eq!(taking_part(&worlds, 4, false), [1, 3]);
        assert_eq!(taking_part(&worlds, TURN_ROUNDS, false), [1, 2, 3]);
        assert_eq!(taking_part(&worlds, 2 * TURN_ROUNDS, false), [1, 3, 4]);
        // Something new is for one of those that take turns, and for all others.
        assert_eq!(taking_part(&worlds, 3, true), [0, 1, 3]);
        assert_eq!(taking_part(&worlds, 4, true), [1, 2, 3]);
        assert_eq!(taking_part(&worlds[1..2], 7, true), [0]);
        assert_eq!(one_of(&worlds, Cadence::InTurn), 3 * TURN_ROUNDS);
    }
}
