//! The file format, there and back, and files that are damaged.

use super::{DebugInfo, DebugInfoError, Frame};

fn frame(function: &str, line: u32) -> Frame {
    Frame {
        function: Some(function.to_string()),
        file: Some("/src/lib.rs".to_string()),
        line,
    }
}

fn example() -> DebugInfo {
    let outer = frame("outer", 3);
    DebugInfo {
        code_section: [7; 32],
        functions: vec![(2, "outer".to_string()), (5, "other".to_string())],
        rows: vec![
            (4, vec![outer.clone()]),
            (9, vec![outer.clone(), frame("inlined", 8)]),
            (300, Vec::new()),
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
    assert_eq!(info.frames(8), [frame("outer", 3)]);
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
