//! Lengths against the limits of the protocol. Which limit a call went over is told to the observer,
//! because the receipt has no more than the status.

use lockstep_gas_meter::Limits;

use super::{HostCall, Stop};
use crate::observer::OverLimit;
use crate::status::Status;

impl HostCall<'_, '_, '_> {
    /// The bounds of the protocol.
    pub(super) fn limits(&self) -> &Limits {
        &self.frame.session.environment.protocol.limits
    }

    /// The pointer at an argument and the length at the next, which must be within the limit of
    /// this name.
    pub(super) fn range_within(
        &mut self,
        index: usize,
        limit: &'static str,
        max: u32,
    ) -> Result<(u32, u32), Stop> {
        let (pointer, length) = (self.arg(index)?, self.arg(index.saturating_add(1))?);
        self.require_length(limit, length, max)?;
        Ok((pointer, length))
    }

    /// Traps when a length is over the limit of this name.
    pub(super) fn require_length(
        &mut self,
        limit: &'static str,
        length: u32,
        max: u32,
    ) -> Result<(), Stop> {
        match length > max {
            true => Err(self.over_limit(limit, (length, max), Status::LengthOverLimit)),
            false => Ok(()),
        }
    }

    /// Tells the observer which limit was exceeded. The receipt only has the status.
    pub(super) fn over_limit(
        &mut self,
        limit: &'static str,
        (asked, max): (u32, u32),
        status: Status,
    ) -> Stop {
        self.frame.session.observer.over_limit(&OverLimit {
            contract: self.frame.context.contract,
            function: self.function,
            limit,
            asked: asked.into(),
            max: max.into(),
        });
        status.into()
    }
}
