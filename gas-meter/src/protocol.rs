//! What one protocol version fixes, and the version numbers.

use crate::limits::Limits;
use crate::schedule::Schedule;

/// The protocol version that this code implements.
pub const PROTOCOL_VERSION: u32 = 1;

/// Counts changes of the instrumented output for one and the same module, protocol and schedule.
/// It is part of every key under which prepared or compiled code is kept. Once a protocol version is
/// released it is fixed for that version: the output decides whether some frames are out of gas or
/// trapped, see `docs/gas.md`.
pub const INSTRUMENTER_VERSION: u32 = 15;

/// Limits and prices, which together with the policy of this crate decide what is accepted and
/// what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// The protocol version.
    pub version: u32,
    /// Every bound.
    pub limits: Limits,
    /// Every price.
    pub schedule: Schedule,
}

impl Protocol {
    /// Protocol version 1.
    #[must_use]
    pub fn v1() -> Protocol {
        Protocol {
            version: PROTOCOL_VERSION,
            limits: Limits::v1(),
            schedule: Schedule::v1(),
        }
    }
}
