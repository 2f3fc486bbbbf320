//! What the search changes: a short list of statements, each repeated some times.

use lockstep_abi::HostFunction;
use lockstep_gas_meter::Limits;

use super::templates::{template, templates_count};
use crate::random::Random;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gene {
    /// Its position in the list of templates.
    pub(super) template: usize,
    /// Where its numbers come from.
    pub(super) number: u32,
    /// How often it stands there.
    pub(super) repeats: u32,
}

/// The body of a loop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Genome {
    pub(super) genes: Vec<Gene>,
}

/// The most genes in a genome.
const GENES_MAX: usize = 12;
/// The most repetitions of a gene.
const REPEATS_MAX: usize = 64;

fn gene(random: &mut Random) -> Gene {
    Gene {
        template: random.below(templates_count()),
        number: random.bits() as u32,
        repeats: 1 + random.below(REPEATS_MAX) as u32,
    }
}

impl Genome {
    /// One statement of a kind, repeated as often as any can be.
    pub(super) fn single(template: usize) -> Genome {
        let repeats = REPEATS_MAX as u32;
        Genome {
            genes: vec![Gene {
                template,
                number: 977,
                repeats,
            }],
        }
    }

    /// How many kinds of statement there are.
    pub(super) fn kinds() -> usize {
        templates_count()
    }

    /// How many turns a transaction can take, by what it may do so often only.
    pub(super) fn turns_max(&self, limits: &Limits) -> u32 {
        let emits = |gene: &&Gene| {
            let imports = template(gene.template).imports;
            imports.contains(&HostFunction::EmitEvent)
        };
        let events: u32 = self
            .genes
            .iter()
            .filter(emits)
            .map(|gene| gene.repeats)
            .sum();
        limits
            .events_per_transaction_max
            .checked_div(events)
            .unwrap_or(u32::MAX)
    }

    /// A copy with one to three changes.
    pub(super) fn mutated(&self, random: &mut Random) -> Genome {
        let mut next = self.clone();
        for _ in 0..=random.below(3) {
            next.mutate(random);
        }
        next
    }

    fn mutate(&mut self, random: &mut Random) {
        let position = random.below(self.genes.len());
        match random.below(6) {
            0 if self.genes.len() < GENES_MAX => self.genes.insert(position, gene(random)),
            1 if self.genes.len() > 1 => {
                self.genes.remove(position);
            }
            2 => self.genes[position].number = random.bits() as u32,
            3 => self.genes[position].repeats = 1 + random.below(REPEATS_MAX) as u32,
            4 => {
                let other = random.below(self.genes.len());
                self.genes.swap(position, other);
            }
            _ => self.genes[position] = gene(random),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GENES_MAX, Genome};
    use crate::random::Random;

    #[test]
    fn mutation_follows_from_the_seed_and_stays_in_bounds() {
        let walk = |seed| {
            let mut random = Random::new(seed);
            let mut genome = Genome::single(3);
            for _ in 0..2000 {
                genome = genome.mutated(&mut random);
                assert!((1..=GENES_MAX).contains(&genome.genes.len()));
            }
            genome
        };
        assert_eq!(walk(5), walk(5));
        assert_ne!(walk(5), walk(6));
    }
}
