//! What two builds must have in common for a difference between them to be a bug: gas follows from
//! the prices, the limits and the metering pass.

use lockstep_gas_meter::{INSTRUMENTER_VERSION, PROTOCOL_VERSION, Protocol};
use serde::{Deserialize, Serialize};

/// The rules of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rules {
    protocol_version: u32,
    schedule_hash: String,
    limits_hash: String,
    instrumenter_version: u32,
}

impl Rules {
    /// Those of this build.
    pub(crate) fn own() -> Rules {
        let protocol = Protocol::v1();
        Rules {
            protocol_version: PROTOCOL_VERSION,
            schedule_hash: protocol.schedule.hash().to_string(),
            limits_hash: protocol.limits.hash().to_string(),
            instrumenter_version: INSTRUMENTER_VERSION,
        }
    }

    /// As `lockstep fuzz execute --rules` prints them.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// What another build printed, if it knows the question.
    pub(crate) fn read(printed: &[u8]) -> Option<Rules> {
        serde_json::from_slice(printed).ok()
    }

    /// The first rule that is another one there, in words.
    pub(crate) fn difference(&self, there: &Rules) -> Option<String> {
        let versions = [
            (
                "protocol",
                self.protocol_version.to_string(),
                there.protocol_version.to_string(),
            ),
            (
                "schedule",
                self.schedule_hash.clone(),
                there.schedule_hash.clone(),
            ),
            (
                "limits",
                self.limits_hash.clone(),
                there.limits_hash.clone(),
            ),
            (
                "instrumenter",
                self.instrumenter_version.to_string(),
                there.instrumenter_version.to_string(),
            ),
        ];
        let mut differing = versions
            .into_iter()
            .filter(|(_, here, there)| here != there);
        differing
            .next()
            .map(|(rule, here, there)| format!("{rule} {there} there and {here} here"))
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    #[test]
    fn the_first_rule_that_differs_is_named() {
        let own = Rules::own();
        assert_eq!(Rules::read(own.to_json().as_bytes()), Some(own.clone()));
        assert_eq!(own.difference(&own), None);
        let there = Rules {
            limits_hash: "other".to_string(),
            instrumenter_version: 0,
            ..own.clone()
        };
        let said = own.difference(&there).expect("two differ");
        let expected = format!("limits other there and {} here", own.limits_hash);
        assert_eq!(said, expected);
        assert_eq!(Rules::read(b"error: unexpected argument"), None);
    }
}
