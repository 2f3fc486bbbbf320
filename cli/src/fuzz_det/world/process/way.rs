//! The way through the code, as a process writes it beside the execution and as it is read.
//!
//! It stands in one more field of the execution, which is left out where nothing was watched: who
//! does not know it reads the execution as ever, and an answer without it tells no way. Versions that
//! kept the beginning of a way and no stretches wrote another field. There may be many places, so each
//! is a few numbers, and codes are listed once.

use lockstep_abi::CodeHash;
use serde::{Deserialize, Serialize};

use crate::fuzz_det::execution::{Bytes, Execution};
use crate::fuzz_det::way::{Reached, Stretch, Way};
use crate::problem::Failure;

/// An execution with the way.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    execution: &'a Execution,
    #[serde(skip_serializing_if = "Told::is_empty")]
    told: Told,
}

/// The way alone.
#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    told: Told,
}

/// Segments that were begun, or results that were reported, in order.
#[derive(Default, Serialize, Deserialize)]
struct Told {
    /// The hashes of the codes.
    codes: Vec<Bytes>,
    /// All stretches of the way.
    stretches: Vec<Stretch>,
    /// The position of the first place.
    first: usize,
    /// Of each place the position of its code, the probe, the operand, the depth, and how many host
    /// calls were over.
    places: Vec<(usize, u32, u32, u32, usize)>,
}

impl Told {
    fn is_empty(&self) -> bool {
        self.stretches.is_empty()
    }
}

/// An execution and the way as JSON.
pub(super) fn written(execution: &Execution, way: &Way) -> Result<String, Failure> {
    let mut codes: Vec<CodeHash> = Vec::new();
    let mut places = Vec::with_capacity(way.places.len());
    for place in &way.places {
        let known = codes.iter().position(|code| *code == place.code);
        let code = known.unwrap_or_else(|| {
            codes.push(place.code);
            codes.len() - 1
        });
        places.push((
            code,
            place.number,
            place.operand,
            place.depth,
            place.calls_before,
        ));
    }
    let codes = codes.iter().map(|code| Bytes(code.0.to_vec())).collect();
    let told = Told {
        codes,
        stretches: way.stretches.clone(),
        first: way.first,
        places,
    };
    serde_json::to_string(&Written { execution, told }).map_err(Failure::bug)
}

/// The way in an answer; nothing where it tells none.
pub(super) fn read(answer: &[u8]) -> Result<Way, Failure> {
    let Read { told } = serde_json::from_slice(answer).map_err(Failure::bug)?;
    let codes = told.codes.iter().map(|code| code.0.as_slice().try_into());
    let codes: Vec<[u8; 32]> = codes.collect::<Result<_, _>>().map_err(Failure::bug)?;
    let places = told.places.into_iter();
    let reached = places.map(|(code, number, operand, depth, calls_before)| {
        let code = codes.get(code).copied();
        let code = code.ok_or_else(|| Failure::bug("a place names a code that is not listed"))?;
        Ok(Reached {
            code: CodeHash(code),
            number,
            operand,
            depth,
            calls_before,
        })
    });
    Ok(Way {
        stretches: told.stretches,
        first: told.first,
        places: reached.collect::<Result<_, Failure>>()?,
    })
}

#[cfg(test)]
mod tests {
    use lockstep_abi::CodeHash;

    use super::{read, written};
    use crate::fuzz_det::execution::{Bytes, Execution};
    use crate::fuzz_det::way::{Reached, Stretch, Way};

    #[test]
    fn a_way_survives_the_way_over_a_pipe_and_is_no_part_of_the_execution() {
        let place = |code: u8, number: u32| Reached {
            code: CodeHash([code; 32]),
            number,
            operand: u32::MAX,
            depth: 1,
            calls_before: 2,
        };
        let execution = Execution {
            fatal: Some("stopped".to_string()),
            ..Execution::default()
        };
        let way = Way {
            stretches: vec![Stretch {
                hash: Bytes(vec![9; 32]),
                calls_before: 2,
            }],
            first: 5,
            places: vec![place(1, 0), place(2, 7), place(1, 3)],
        };
        let text = written(&execution, &way).expect("it serialises");
        assert_eq!(read(text.as_bytes()).expect("it reads"), way);
        let alone = serde_json::to_string(&execution).expect("it serialises");
        assert_eq!(
            written(&execution, &Way::default()).expect("it serialises"),
            alone
        );
        assert_eq!(read(alone.as_bytes()).expect("it reads"), Way::default());
        for text in [&text, &alone] {
            let found: Execution = serde_json::from_str(text).expect("it reads");
            assert_eq!(found, execution);
        }
        let unlisted = text.replace("[0,0,", "[2,0,");
        assert!(read(unlisted.as_bytes()).is_err());
    }
}
