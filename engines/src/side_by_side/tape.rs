//! All that can be observed of a transaction while it runs, in order.
//!
//! A [`Tape`] is an observer that keeps one entry for each frame that begins, host call that ends
//! and frame that ends. Bytes that cross the guest's boundary go into the next host call's hash, and
//! those behind the last into one at the end.

use lockstep_abi::{AccountId, CodeHash, HostFunction};
use lockstep_vm::{FinalState, FrameEnd, FrameStart, HostCallRecord, HostCallResult, Observer};

use crate::disk_cache::digest;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    FrameStart {
        depth: u32,
        contract: AccountId,
        code: CodeHash,
        method: String,
        gas: u64,
        gas_left: u64,
    },
    HostCall {
        function: HostFunction,
        depth: u32,
        contract: AccountId,
        arguments: Vec<u64>,
        result: HostCallResult,
        gas_before: i64,
        gas_left: i64,
        memory_pages: u32,
        /// Over each address, length and content that was read or written.
        bytes: [u8; 32],
    },
    FrameEnd {
        depth: u32,
        status: u16,
        output: Vec<u8>,
        gas_left: u64,
        gas_used: u64,
        memory_pages: u32,
        /// Over the memory and the globals that it left.
        left: [u8; 32],
    },
    /// Bytes that crossed the boundary behind the last host call that ended.
    Rest {
        /// Over each address, length and content.
        bytes: [u8; 32],
    },
}

impl Entry {
    /// What it is, for people.
    pub(super) fn kind(&self) -> String {
        match self {
            Entry::FrameStart { method, .. } => format!("begin of frame `{method}`"),
            Entry::HostCall { function, .. } => format!("`{}`", function.name()),
            Entry::FrameEnd { .. } => "end of frame".to_string(),
            Entry::Rest { .. } => "bytes of no host call".to_string(),
        }
    }

    /// Its parts by name, in the order in which they are compared.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        match self {
            Entry::FrameStart {
                depth,
                contract,
                code,
                method,
                gas,
                gas_left,
            } => vec![
                ("depth", depth.to_string()),
                ("contract", contract.to_string()),
                ("code", code.to_string()),
                ("method", method.clone()),
                ("gas", gas.to_string()),
                ("gas_left", gas_left.to_string()),
            ],
            Entry::HostCall {
                function,
                depth,
                contract,
                arguments,
                result,
                gas_before,
                gas_left,
                memory_pages,
                bytes,
            } => vec![
                ("function", function.name().to_string()),
                ("depth", depth.to_string()),
                ("contract", contract.to_string()),
                ("arguments", format!("{arguments:?}")),
                ("gas_before", gas_before.to_string()),
                ("result", format!("{result:?}")),
                ("gas_left", gas_left.to_string()),
                ("memory_pages", memory_pages.to_string()),
                ("hash of bytes read and written", hex::encode(bytes)),
            ],
            Entry::FrameEnd {
                depth,
                status,
                output,
                gas_left,
                gas_used,
                memory_pages,
                left,
            } => vec![
                ("depth", depth.to_string()),
                ("status", status.to_string()),
                ("output", hex::encode(output)),
                ("gas_left", gas_left.to_string()),
                ("gas_used", gas_used.to_string()),
                ("memory_pages", memory_pages.to_string()),
                ("hash of final memory and globals", hex::encode(left)),
            ],
            Entry::Rest { bytes } => vec![("hash of bytes read and written", hex::encode(bytes))],
        }
    }
}

/// Keeps an [`Entry`] of everything.
#[derive(Debug, Default)]
pub(super) struct Tape {
    pub(super) entries: Vec<Entry>,
    pending: Vec<u8>,
    /// Over what the frame that ends next has left.
    left: [u8; 32],
}

impl Tape {
    /// How many host calls it saw.
    pub(super) fn host_calls(&self) -> usize {
        let calls = self.entries.iter();
        calls
            .filter(|entry| matches!(entry, Entry::HostCall { .. }))
            .count()
    }

    /// The transaction is over.
    pub(super) fn end(&mut self) {
        if !self.pending.is_empty() {
            let bytes = digest(&std::mem::take(&mut self.pending));
            self.entries.push(Entry::Rest { bytes });
        }
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
        self.entries.push(Entry::FrameStart {
            depth: frame.depth,
            contract: frame.contract,
            code: frame.code,
            method: frame.method.to_string(),
            gas: frame.gas,
            gas_left: frame.gas_left,
        });
    }

    fn frame_end(&mut self, frame: &FrameEnd<'_>) {
        self.entries.push(Entry::FrameEnd {
            depth: frame.depth,
            status: frame.status.code(),
            output: frame.output.to_vec(),
            gas_left: frame.gas_left,
            gas_used: frame.gas_used.total(),
            memory_pages: frame.memory_pages,
            left: std::mem::take(&mut self.left),
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
        let bytes = digest(&self.pending);
        self.pending.clear();
        self.entries.push(Entry::HostCall {
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
    use lockstep_vm::Observer;

    use super::super::divergence::of_entries;
    use super::Tape;

    #[test]
    fn bytes_behind_the_last_host_call_are_compared() {
        let read = |bytes: &[u8]| {
            let mut tape = Tape::default();
            tape.guest_read(8, bytes);
            tape.end();
            tape.entries
        };
        assert_eq!(of_entries(&read(b"a"), &read(b"a")), None);
        let difference = of_entries(&read(b"a"), &read(b"b")).expect("they differ");
        assert_eq!(difference.field, "hash of bytes read and written");
        assert_eq!(difference.place, "bytes of no host call after 0 host calls");
        let mut nothing = Tape::default();
        nothing.end();
        assert_eq!(nothing.entries, []);
    }
}
