//! What is another one in each round of a world in another process: the environment, and how much
//! memory there is where that is limited.

use crate::fuzz_det::world::Variation;

/// How much memory the limited process gets beyond what it has when it begins, one per round.
pub(super) const MEMORY_BYTES: [u64; 5] = [1 << 20, 6 << 20, 24 << 20, 64 << 20, 256 << 20];

/// The environment of a process.
pub(super) struct Environment {
    /// The name of its variation.
    name: &'static str,
    /// Its variables; there are no others.
    pub(super) variables: &'static [(&'static str, &'static str)],
    /// How many letters stand before the program's name in `argv[0]`.
    letters: usize,
}

/// The environments, one per round.
pub(super) const ENVIRONMENTS: [Environment; 4] = [
    Environment {
        name: "kathmandu",
        variables: &[
            ("TZ", "Asia/Kathmandu"),
            ("LC_ALL", "tr_TR.UTF-8"),
            ("HOME", "/nonexistent"),
        ],
        letters: 0,
    },
    Environment {
        name: "st-johns",
        variables: &[
            ("TZ", "America/St_Johns"),
            ("LANG", "C"),
            ("MALLOC_PERTURB_", "165"),
        ],
        letters: 1,
    },
    Environment {
        name: "arabic",
        variables: &[
            ("LANG", "ar_EG.UTF-8"),
            ("MALLOC_ARENA_MAX", "1"),
            ("MALLOC_PERTURB_", "90"),
        ],
        letters: 50,
    },
    Environment {
        name: "backtrace",
        variables: &[
            ("RUST_BACKTRACE", "full"),
            ("RUST_LOG", "trace"),
            ("MALLOC_TOP_PAD_", "1048576"),
        ],
        letters: 199,
    },
];

impl Environment {
    /// That of this round.
    pub(super) fn of(round: usize) -> &'static Environment {
        &ENVIRONMENTS[round % ENVIRONMENTS.len()]
    }

    /// What the program is told that it is called.
    pub(super) fn program_name(&self) -> String {
        format!("{}lockstep", "x".repeat(self.letters))
    }

    /// Its variables where memory is limited. The standard library waits for itself for ever when it
    /// gets no memory for a backtrace.
    pub(super) fn variables_when_limited(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str)> {
        let variables = self.variables.iter().copied();
        variables.filter(|(name, _)| *name != "RUST_BACKTRACE")
    }

    fn about(variables: impl Iterator<Item = (&'static str, &'static str)>) -> String {
        let variables = variables.map(|(name, value)| format!("{name}={value}"));
        variables.collect::<Vec<String>>().join(" ")
    }
}

/// The variations of a process whose memory is not limited.
pub(super) fn unlimited() -> Vec<Variation> {
    let environments = ENVIRONMENTS.iter();
    let variation = |environment: &Environment| Variation {
        name: environment.name.to_string(),
        about: Environment::about(environment.variables.iter().copied()),
    };
    environments.map(variation).collect()
}

/// Those of one whose memory is: every limit in every environment. The two take turns side by side,
/// and their numbers have no divisor in common.
pub(super) fn limited() -> Vec<Variation> {
    let rounds = 0..ENVIRONMENTS.len() * MEMORY_BYTES.len();
    let variation = |round: usize| {
        let environment = Environment::of(round);
        let mebibytes = MEMORY_BYTES[round % MEMORY_BYTES.len()] >> 20;
        Variation {
            name: format!("{mebibytes}MiB-{}", environment.name),
            about: format!(
                "{mebibytes} MiB more, {}",
                Environment::about(environment.variables_when_limited())
            ),
        }
    };
    rounds.map(variation).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::limited;

    #[test]
    fn every_limit_is_met_in_every_environment() {
        let names: BTreeSet<String> = limited().into_iter().map(|one| one.name).collect();
        assert_eq!(names.len(), 20, "{names:?}");
    }
}
