//! One thing that can be observed of a transaction while it runs.

use lockstep_abi::{AccountId, CodeHash, HostFunction};
use lockstep_vm::HostCallResult;

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

    /// Appends bytes of it. Two entries have the same only if they are equal, and none has bytes
    /// with which those of another begin.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Entry::FrameStart {
                depth,
                contract,
                code,
                method,
                gas,
                gas_left,
            } => {
                bytes.push(0);
                bytes.extend_from_slice(&depth.to_le_bytes());
                bytes.extend_from_slice(&contract.0);
                bytes.extend_from_slice(&code.0);
                append_counted(bytes, method.as_bytes());
                bytes.extend_from_slice(&gas.to_le_bytes());
                bytes.extend_from_slice(&gas_left.to_le_bytes());
            }
            Entry::HostCall {
                function,
                depth,
                contract,
                arguments,
                result,
                gas_before,
                gas_left,
                memory_pages,
                bytes: crossed,
            } => {
                bytes.push(1);
                bytes.push(function.index());
                bytes.extend_from_slice(&depth.to_le_bytes());
                bytes.extend_from_slice(&contract.0);
                append_length(bytes, arguments.len());
                for argument in arguments {
                    bytes.extend_from_slice(&argument.to_le_bytes());
                }
                append_result(bytes, *result);
                bytes.extend_from_slice(&gas_before.to_le_bytes());
                bytes.extend_from_slice(&gas_left.to_le_bytes());
                bytes.extend_from_slice(&memory_pages.to_le_bytes());
                bytes.extend_from_slice(crossed);
            }
            Entry::FrameEnd {
                depth,
                status,
                output,
                gas_left,
                gas_used,
                memory_pages,
                left,
            } => {
                bytes.push(2);
                bytes.extend_from_slice(&depth.to_le_bytes());
                bytes.extend_from_slice(&status.to_le_bytes());
                append_counted(bytes, output);
                bytes.extend_from_slice(&gas_left.to_le_bytes());
                bytes.extend_from_slice(&gas_used.to_le_bytes());
                bytes.extend_from_slice(&memory_pages.to_le_bytes());
                bytes.extend_from_slice(left);
            }
            Entry::Rest { bytes: crossed } => {
                bytes.push(3);
                bytes.extend_from_slice(crossed);
            }
        }
    }
}

fn append_result(bytes: &mut Vec<u8>, result: HostCallResult) {
    match result {
        HostCallResult::Ended => bytes.push(0),
        HostCallResult::Returned(None) => bytes.push(1),
        HostCallResult::Returned(Some(value)) => {
            bytes.push(2);
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
}

fn append_counted(bytes: &mut Vec<u8>, more: &[u8]) {
    append_length(bytes, more.len());
    bytes.extend_from_slice(more);
}

fn append_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::{AccountId, CodeHash, Entry, HostCallResult, HostFunction};

    fn start(part: usize) -> Entry {
        let changed = |number: usize| u8::from(part == number);
        Entry::FrameStart {
            depth: changed(1).into(),
            contract: AccountId([changed(2); 32]),
            code: CodeHash([changed(3); 32]),
            method: ["run", "ru"][usize::from(changed(4))].to_string(),
            gas: changed(5).into(),
            gas_left: changed(6).into(),
        }
    }

    fn call(part: usize) -> Entry {
        let changed = |number: usize| u8::from(part == number);
        Entry::HostCall {
            function: [HostFunction::Caller, HostFunction::Return][usize::from(changed(1))],
            depth: changed(2).into(),
            contract: AccountId([changed(3); 32]),
            arguments: vec![changed(4).into(); 2],
            result: HostCallResult::Returned(Some(changed(5).into())),
            gas_before: changed(6).into(),
            gas_left: changed(7).into(),
            memory_pages: changed(8).into(),
            bytes: [changed(9); 32],
        }
    }

    fn call_that(result: HostCallResult) -> Entry {
        let mut entry = call(0);
        if let Entry::HostCall { result: place, .. } = &mut entry {
            *place = result;
        }
        entry
    }

    fn end(part: usize) -> Entry {
        let changed = |number: usize| u8::from(part == number);
        Entry::FrameEnd {
            depth: changed(1).into(),
            status: changed(2).into(),
            output: vec![7; usize::from(changed(3))],
            gas_left: changed(4).into(),
            gas_used: changed(5).into(),
            memory_pages: changed(6).into(),
            left: [changed(7); 32],
        }
    }

    #[test]
    fn entries_that_differ_in_any_part_have_other_bytes() {
        let mut entries: Vec<Entry> = Vec::new();
        entries.extend((0..=6).map(start));
        entries.extend((0..=9).map(call));
        entries.extend([HostCallResult::Returned(None), HostCallResult::Ended].map(call_that));
        entries.extend((0..=7).map(end));
        entries.extend([0, 1].map(|byte| Entry::Rest { bytes: [byte; 32] }));
        let all = entries.iter().map(|entry| {
            let mut bytes = Vec::new();
            entry.append_to(&mut bytes);
            bytes
        });
        let all: Vec<Vec<u8>> = all.collect();
        for (number, bytes) in all.iter().enumerate() {
            for (other, behind) in all.iter().enumerate().skip(number + 1) {
                assert_ne!(entries[number], entries[other]);
                assert!(!behind.starts_with(bytes), "{number} and {other}");
                assert!(!bytes.starts_with(behind), "{number} and {other}");
            }
        }
    }
}
