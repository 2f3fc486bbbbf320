//! Events: what a contract tells the world outside the chain. `#[derive(Event)]` implements
//! [`Event`] for a struct; fields marked `#[topic]` can be searched for.

use alloc::vec::Vec;

use parity_scale_codec::Encode;

use crate::fixed_buffer::FixedBuffer;
use crate::host;
use crate::shape::EventShape;

/// A struct that can be emitted as an event.
pub trait Event {
    /// Its name, fields and topics.
    const SHAPE: EventShape;

    /// Topic 0, which is the name, and a topic for each field that is one.
    fn topics(&self) -> Vec<[u8; 32]>;

    /// The fields, encoded one after the other.
    fn data(&self) -> Vec<u8>;

    /// Emits it. Traps if read-only, over 16,384 bytes of data, or after 1,024 events of the transaction.
    fn emit(&self) {
        host::emit_event(&self.topics(), &self.data());
    }
}

/// Room for the data of most events.
const DATA_BYTES: usize = 128;

/// Emits an event with these topics. Its data is encoded on the stack if it finds room there.
#[inline(always)]
pub fn emit(event: &impl Event, topics: &[[u8; 32]], encode: impl FnOnce(&mut EventData)) {
    let mut data = EventData::new();
    encode(&mut data);
    match data.as_slice() {
        Some(data) => host::emit_event(topics, data),
        None => host::emit_event(topics, &event.data()),
    }
}

/// Where an event's data is encoded.
pub type EventData = FixedBuffer<DATA_BYTES>;

/// Topic 0 of the event with this name: its UTF-8, filled with zeros.
///
/// # Panics
/// When the name is longer than 32 bytes; in a constant, as here, that is a compile error.
pub const fn name_topic(name: &str) -> [u8; 32] {
    assert!(name.len() <= 32, "an event's name has at most 32 bytes");
    let mut topic = [0; 32];
    let mut i = 0;
    while i < name.len() {
        topic[i] = name.as_bytes()[i];
        i += 1;
    }
    topic
}

/// The topic of a field: its encoding filled with zeros, or the blake2b-256 of a longer one.
pub fn field_topic(field: &impl Encode) -> [u8; 32] {
    let mut topic = FixedBuffer::new();
    field.encode_to(&mut topic);
    topic.filled_with_zeros().unwrap_or_else(|| {
        let mut digest = [0; 32];
        field.using_encoded(|encoded| host::hash_blake2b_256(encoded, &mut digest));
        digest
    })
}
