//! Golden observations: one line per host call, with a hash that runs on from line to line.

use lockstep_abi::HostFunction;

use super::{HostCallRecord, HostCallResult, Observer};
use crate::identity::blake2b;

/// Begins every hashed record, so that a record's hash can be nothing else's.
const DOMAIN: &[u8] = b"lockstep/observation/1";

/// One line of a golden observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// As in [`HostCallRecord::depth`].
    pub depth: u32,
    /// The function that was called.
    pub function: HostFunction,
    /// The frame's gas after the call.
    pub gas_left: i64,
    /// The size of the guest's memory in pages of 64 KiB.
    pub memory_pages: u32,
    /// The blake2b-256 of `lockstep/observation/1`, the hash of the line before (32 zero bytes
    /// at first), and this call's bytes: for each read and write since the line before in order
    /// `r` or `w`, address (u32 LE), length (u64 LE) and bytes; then the function's index (u8),
    /// depth (u32 LE), contract (32 bytes), argument count (u8), arguments (u64 LE each), and
    /// the result: 0, or 1 and a u64 LE when there is a value, or 2 when the frame ended.
    pub hash: [u8; 32],
}

/// Records an [`Observation`] per host call.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    hash: [u8; 32],
    pending: Vec<u8>,
    observations: Vec<Observation>,
}

impl Recorder {
    /// A recorder that has seen nothing.
    pub fn new() -> Recorder {
        Recorder::default()
    }

    /// What was recorded so far.
    pub fn observations(&self) -> &[Observation] {
        &self.observations
    }

    /// Takes what was recorded so far. The running hash goes on from where it is.
    pub fn take(&mut self) -> Vec<Observation> {
        std::mem::take(&mut self.observations)
    }

    fn push_bytes(&mut self, tag: u8, address: u32, bytes: &[u8]) {
        self.pending.push(tag);
        self.pending.extend_from_slice(&address.to_le_bytes());
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.pending.extend_from_slice(&length.to_le_bytes());
        self.pending.extend_from_slice(bytes);
    }
}

impl Observer for Recorder {
    fn host_call(&mut self, call: &HostCallRecord<'_>) {
        self.pending.push(call.function.index());
        self.pending.extend_from_slice(&call.depth.to_le_bytes());
        self.pending.extend_from_slice(&call.contract.0);
        self.pending
            .push(u8::try_from(call.args.len()).unwrap_or(u8::MAX));
        for arg in call.args {
            self.pending.extend_from_slice(&arg.to_le_bytes());
        }
        match call.result {
            HostCallResult::Returned(None) => self.pending.push(0),
            HostCallResult::Returned(Some(value)) => {
                self.pending.push(1);
                self.pending.extend_from_slice(&value.to_le_bytes());
            }
            HostCallResult::Ended => self.pending.push(2),
        }
        self.hash = blake2b(&[DOMAIN, &self.hash, &self.pending]);
        self.pending.clear();
        self.observations.push(Observation {
            depth: call.depth,
            function: call.function,
            gas_left: call.gas_left,
            memory_pages: call.memory_pages,
            hash: self.hash,
        });
    }

    fn guest_read(&mut self, address: u32, bytes: &[u8]) {
        self.push_bytes(b'r', address, bytes);
    }

    fn guest_write(&mut self, address: u32, bytes: &[u8]) {
        self.push_bytes(b'w', address, bytes);
    }
}
