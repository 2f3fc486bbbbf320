//! Events.

use super::{Answer, HostCall};
use crate::receipt::Event;
use crate::status::Status;

/// Bytes of a topic.
pub(super) const TOPIC_BYTES: u32 = 32;

impl HostCall<'_, '_, '_> {
    pub(super) fn emit_event(&mut self) -> Answer {
        let (topics, count) = (self.arg(0)?, self.arg(1)?);
        let (data, length) = (self.arg(2)?, self.arg(3)?);
        let limits = self.limits();
        let (topics_max, data_max) = (limits.event_topics_max, limits.event_data_bytes_max);
        let events_max = limits.events_per_transaction_max;
        if count > topics_max {
            let numbers = (count, topics_max);
            return Err(self.over_limit("event_topics", numbers, Status::TooManyTopics));
        }
        self.require_length("event_data_bytes", length, data_max)?;
        let topics = self.view(topics, count.saturating_mul(TOPIC_BYTES))?;
        let topics = topics.as_chunks::<32>().0.to_vec();
        let data = self.read(data, length)?;
        let events = self.frame.session.state.event_count();
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        if events >= events_max {
            let numbers = (events.saturating_add(1), events_max);
            return Err(self.over_limit("events_per_transaction", numbers, Status::TooManyEvents));
        }
        let contract = self.frame.context.contract;
        self.frame.session.state.push_event(Event {
            contract,
            topics,
            data,
        });
        Ok(None)
    }
}
