//! All that can be observed of a transaction while it runs, in order.
//!
//! A [`Tape`] is an observer that takes an entry of each frame that begins, host call that ends
//! and frame that ends. Bytes that cross the guest's boundary go into the next host call's hash, and
//! those behind the last into one at the end.
//!
//! A host call is cheap and a transaction can make some ninety million, so the entries cannot all be
//! kept. They are cut into stretches, and of each stretch a digest is kept, which tells in which one
//! two tapes part; the entries themselves are kept of one stretch only. Where a stretch ends depends
//! on its entries alone, so tapes that agree are cut at the same places.

use lockstep_vm::{FinalState, FrameEnd, FrameStart, HostCallRecord, Observer};

use super::entry::Entry;
use crate::disk_cache::digest;

/// A stretch ends with the entry that brings it to so many bytes ([`Entry::append_to`]). That is some
/// eight thousand host calls, more than most transactions make, so most are kept whole; their
/// entries take two to three megabytes. At the greatest gas limit the digests of all stretches take
/// half a megabyte.
pub(super) const STRETCH_BYTES: usize = 1 << 20;

/// Consecutive entries that are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Over all of its entries.
    pub(super) digest: [u8; 32],
    /// How many host calls ended before it.
    pub(super) host_calls_before: usize,
}

/// Takes an [`Entry`] of everything, and keeps those of one stretch.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// The number of the stretch whose entries are kept.
    pub(super) kept: usize,
    /// The entries of that stretch.
    pub(super) entries: Vec<Entry>,
    /// All stretches in order.
    pub(super) stretches: Vec<Stretch>,
    /// The bytes of the stretch that is under way.
    under_way: Vec<u8>,
    host_calls: usize,
    /// How many of them ended before the stretch that is under way.
    host_calls_before: usize,
    pending: Vec<u8>,
    /// The hash of no bytes, which most host calls have, once it is computed.
    of_nothing: Option<[u8; 32]>,
    /// Over what the frame that ends next has left.
    left: [u8; 32],
}

impl Tape {
    /// An empty one, which will keep the entries of the stretch of this number, from 0.
    pub(super) fn keeping(stretch: usize) -> Tape {
        Tape {
            kept: stretch,
            ..Tape::default()
        }
    }

    /// How many host calls it saw.
    pub(super) fn host_calls(&self) -> usize {
        self.host_calls
    }

    /// How many host calls it saw to the end of a stretch.
    pub(super) fn host_calls_to(&self, stretch: usize) -> usize {
        let next = stretch.checked_add(1);
        let next = next.and_then(|next| self.stretches.get(next));
        next.map_or(self.host_calls, |next| next.host_calls_before)
    }

    /// The transaction is over.
    pub(super) fn end(&mut self) {
        if !self.pending.is_empty() {
            let bytes = digest(&std::mem::take(&mut self.pending));
            self.take(Entry::Rest { bytes });
        }
        if !self.under_way.is_empty() {
            self.end_stretch();
        }
    }

    pub(super) fn take(&mut self, entry: Entry) {
        entry.append_to(&mut self.under_way);
        if let Entry::HostCall { .. } = entry {
            self.host_calls = self.host_calls.saturating_add(1);
        }
        if self.stretches.len() == self.kept {
            self.entries.push(entry);
        }
        if self.under_way.len() >= STRETCH_BYTES {
            self.end_stretch();
        }
    }

    fn end_stretch(&mut self) {
        self.stretches.push(Stretch {
            digest: digest(&self.under_way),
            host_calls_before: self.host_calls_before,
        });
        self.under_way.clear();
        self.host_calls_before = self.host_calls;
    }

    fn push_bytes(&mut self, tag: u8, address: u32, bytes: &[u8]) {
        self.pending.push(tag);
        self.pending.extend_from_slice(&address.to_le_bytes());
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.pending.extend_from_slice(&length.to_le_bytes());
        self.pending.extend_from_slice(bytes);
    }
}

impl Observer for Tape {
    fn frame_start(&mut self, frame: &FrameStart<'_>) {
        self.take(Entry::FrameStart {
            depth: frame.depth,
            contract: frame.contract,
            code: frame.code,
            method: frame.method.to_string(),
            gas: frame.gas,
            gas_left: frame.gas_left,
        });
    }

    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        let left = std::mem::take(&mut self.left);
        self.take(Entry::FrameEnd {
            depth: frame.depth,
            status: frame.status.code(),
            output: frame.output.to_vec(),
            gas_left: frame.gas_left,
            gas_used: frame.gas_used.total(),
            memory_pages: frame.memory_pages,
            left,
        });
    }

    fn wants_final_state(&self) -> bool {
        true
    }

    fn final_state(&mut self, left: FinalState<'_>) {
        let globals = left.globals.iter().flat_map(|value| value.to_le_bytes());
        let globals = digest(&globals.collect::<Vec<u8>>());
        let memory = digest(left.memory);
        self.left = digest(&[globals, memory].concat());
    }

    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        let bytes = match self.pending.as_slice() {
            [] => *self.of_nothing.get_or_insert_with(|| digest(&[])),
            bytes => digest(bytes),
        };
        self.pending.clear();
        self.take(Entry::HostCall {
            function: call.function,
            depth: call.depth,
            contract: call.contract,
            arguments: call.args.to_vec(),
            result: call.result,
            gas_before: call.gas_before,
            gas_left: call.gas_left,
            memory_pages: call.memory_pages,
            bytes,
        });
    }

    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.push_bytes(b'r', address, bytes);
    }

    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.push_bytes(b'w', address, bytes);
    }
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{AccountId, HostFunction};
    use lockstep_vm::{HostCallRecord, HostCallResult, Observer};

    use super::super::divergence::of_tapes;
    use super::{STRETCH_BYTES, Tape};

    #[test]
    fn of_a_long_run_a_bounded_number_of_entries_is_kept() {
        let mut tape = Tape::default();
        for gas_left in (0..200_000).rev() {
            tape.host_call(&HostCallRecord {
                depth: 0,
                contract: AccountId([1; 32]),
                function: HostFunction::BlockHeight,
                args: &[],
                result: HostCallResult::Returned(Some(1)),
                gas_before: gas_left + 1,
                gas_left,
                memory_pages: 1,
            });
        }
        tape.end();
        assert_eq!(tape.host_calls(), 200_000);
        let kept = tape.entries.len();
        assert!(kept < 20_000, "{kept} entries are kept");
        assert!(tape.under_way.capacity() <= 2 * STRETCH_BYTES);
        let stretches = tape.stretches.len();
        assert!((15..30).contains(&stretches), "{stretches} stretches");
    }

    #[test]
    fn bytes_behind_the_last_host_call_are_compared() {
        let read = |bytes: &[u8]| {
            let mut tape = Tape::default();
            tape.guest_read(8, bytes);
            tape.end();
            tape
        };
        assert_eq!(of_tapes(&read(b"a"), &read(b"a")), None);
        let difference = of_tapes(&read(b"a"), &read(b"b")).expect("they differ");
        assert_eq!(difference.field, "hash of bytes read and written");
        assert_eq!(difference.place, "bytes of no host call after 0 host calls");
        let mut nothing = Tape::default();
        nothing.end();
        assert_eq!((nothing.entries, nothing.stretches), (vec![], vec![]));
    }
}
