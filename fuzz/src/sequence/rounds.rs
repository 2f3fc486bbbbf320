//! How chains begin and which variations worlds execute them in, by nothing but the chain's seed: a
//! finding is named by it.
//!
//! Which worlds take part goes by what the seed is a multiple of, so neither may go by that.

use lockstep_cli::{Cadence, World};

use crate::generators::Rng;

/// One world of those that take turns takes part in one of so many chains.
const TURN_ROUNDS: u64 = 8;

/// Whether the chain of a seed begins with the state behind its first block.
pub(crate) fn begins_later(seed: u64) -> bool {
    Rng::new(!seed).chance(50)
}

/// The round of each world in the chain of a seed, if it takes part: how often it took part in those of
/// the seeds from 0 on. With `every` they all take part in every chain.
pub(super) fn rounds(worlds: &[Box<dyn World>], seed: u64, every: bool) -> Vec<usize> {
    let cadences = || worlds.iter().map(|world| world.cadence());
    let in_turn = cadences().filter(|cadence| *cadence == Cadence::InTurn);
    let in_turn = in_turn.count() as u64;
    let rounds = cadences().map(|cadence| {
        let one_of = match cadence {
            _ if every => 1,
            Cadence::Always => 1,
            Cadence::OneOf(rounds) => rounds.max(1),
            Cadence::InTurn => TURN_ROUNDS * in_turn,
        };
        usize::try_from(seed / one_of).unwrap_or_default()
    });
    rounds.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use lockstep_cli::{base_engine, standard_worlds, taking_part};

    use super::{begins_later, rounds};
    use crate::sequence::other_engines;

    /// So many chains are enough for each world that takes turns to take part a few times.
    const SEEDS: u64 = 8_000;
    /// In so many chains the world `heap` goes through its variations once.
    const SEEDS_OF_HEAP: u64 = 16 * 8;

    #[test]
    fn every_world_meets_both_beginnings_and_all_of_its_variations() {
        let worlds = standard_worlds(&base_engine(), &other_engines(), None);
        let mut beginnings: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
        let mut variations: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut of_heap = BTreeSet::new();
        for seed in 0..SEEDS {
            let rounds = rounds(&worlds, seed, false);
            for position in taking_part(&worlds, seed, false) {
                let (world, round) = (&worlds[position], rounds[position]);
                let variation = round % world.variations().len().max(1);
                let name = world.name();
                if name == "heap" && seed < SEEDS_OF_HEAP {
                    of_heap.insert(variation);
                }
                let begun = beginnings.entry(name.clone()).or_default();
                begun.insert(begins_later(seed));
                variations.entry(name).or_default().insert(variation);
            }
        }
        assert_eq!(of_heap.len(), 16);
        for world in &worlds {
            let name = world.name();
            assert_eq!(beginnings[&name].len(), 2, "{name}");
            let all = world.variations().len().max(1);
            assert_eq!(variations[&name].len(), all, "{name}");
        }
    }

    #[test]
    fn where_all_take_part_every_chain_is_a_round() {
        let worlds = standard_worlds(&base_engine(), &other_engines(), None);
        let alike = rounds(&worlds, 7, true).into_iter().all(|round| round == 7);
        assert!(alike);
        let later = (0..400).filter(|seed| begins_later(*seed)).count();
        assert!((150..250).contains(&later), "{later}");
    }
}
