//! The file format, there and back, and files that are damaged.

use parity_scale_codec::{Compact, Encode};

use super::{Chain, DebugInfo, DebugInfoError, File, Frame, Location, MAGIC, Row};

fn frame(function: &str, line: u32) -> Frame {
    Frame {
        function: Some(function.into()),
        file: Some("/src/lib.rs".into()),
        line,
    }
}

fn example() -> DebugInfo {
    let chain = |around: &Chain, frame| around.with(frame).expect("few frames");
    let outer = chain(&Chain::default(), frame("outer", 3));
    DebugInfo {
        code_section: [7; 32],
        functions: vec![(2, "outer".into()), (5, "other".into())],
        rows: vec![
            (4, outer.clone()),
            (9, chain(&outer, frame("inlined", 8))),
            (300, Chain::default()),
        ],
    }
}

#[test]
fn what_is_written_is_read_back() {
    let info = example();
    let read = DebugInfo::from_bytes(&info.to_bytes());
    assert_eq!(read.as_ref(), Ok(&info));
    assert_eq!(info.function(5), Some("other"));
    assert_eq!(info.function(3), None);
    assert!(info.frames(3).is_empty());
    assert_eq!(info.frames(8), [&frame("outer", 3)]);
    assert_eq!(info.frames(299).len(), 2);
    assert!(info.frames(300).is_empty());
}

#[test]
fn a_file_that_is_cut_anywhere_is_not_read() {
    let bytes = example().to_bytes();
    for end in 0..bytes.len() {
        assert!(DebugInfo::from_bytes(&bytes[..end]).is_err(), "{end}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(matches!(
        DebugInfo::from_bytes(&longer),
        Err(DebugInfoError::Damaged(_))
    ));
    assert_eq!(
        DebugInfo::from_bytes(b"\0asm\x01\0\0\0"),
        Err(DebugInfoError::OtherFormat)
    );
}

/// A sidecar whose locations are each in the one before, with a row each.
fn nested(locations: u32, text: String) -> Vec<u8> {
    let location = |caller| Location {
        caller: Compact(caller),
        function: Compact(1),
        file: Compact(1),
        line: Compact(0),
    };
    let row = |location| Row {
        advance: Compact(1),
        location: Compact(location),
    };
    let file = File {
        magic: MAGIC,
        code_section: [0; 32],
        texts: vec![text],
        functions: vec![(Compact(0), Compact(0))],
        locations: (0..locations).map(location).collect(),
        rows: (1..=locations).map(row).collect(),
    };
    file.encode()
}

#[test]
fn rows_share_frames_and_frames_share_texts() {
    let info = DebugInfo::from_bytes(&nested(256, "a".to_string())).expect("a sidecar");
    let (last, before) = (info.frames(256), info.frames(255));
    assert_eq!((last.len(), before.len()), (256, 255));
    assert!(std::ptr::eq(last[254], before[254]));
    let texts = |frame: &Frame| [frame.function.clone(), frame.file.clone()];
    for text in texts(last[0]).iter().chain(&texts(last[255])) {
        let text = text.as_ref().expect("a text");
        assert!(std::sync::Arc::ptr_eq(text, &info.functions[0].1));
    }
}

#[test]
fn what_nests_too_deep_is_not_read() {
    let read = DebugInfo::from_bytes(&nested(257, "a".to_string()));
    assert!(matches!(read, Err(DebugInfoError::Damaged(_))));
}

#[test]
fn of_long_texts_the_beginning_is_kept() {
    let info = DebugInfo::from_bytes(&nested(1, "a".repeat(100_000))).expect("a sidecar");
    assert_eq!(info.function(0), Some(&*("a".repeat(2_045) + "...")));
}
