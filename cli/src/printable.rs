//! Text that somebody else wrote, so that it can neither steer the terminal that shows it nor fill it.

use std::fmt::{self, Display, Write};

/// Whether the character stands for itself: it is no control character, breaks no line, and does
/// not turn the direction of what follows.
pub(crate) fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// The text with an escape in place of each character that does not stand for itself.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match is_printable(character) {
            true => shown.push(character),
            false => shown.extend(character.escape_default()),
        }
    }
    shown
}

/// The text, or quotes in place of one that is empty and could not be seen.
pub(crate) fn visible(text: &str) -> &str {
    match text.is_empty() {
        true => "\"\"",
        false => text,
    }
}

/// The text without its middle if it has more characters than this, an even number.
pub(crate) fn without_middle(text: String, characters_max: usize) -> String {
    let length = text.chars().count();
    if length <= characters_max {
        return text;
    }
    let half = characters_max / 2;
    let first: String = text.chars().take(half).collect();
    let last: String = text.chars().skip(length - half).collect();
    format!("{first}...{last}")
}

/// The text, or its beginning and `...` if it has more bytes than this. No more of it is made.
pub(crate) fn at_most(text: impl Display, bytes_max: usize) -> String {
    let mut start = Start {
        text: String::new(),
        bytes_max,
    };
    if write!(start, "{text}").is_err() {
        let room = start.text.floor_char_boundary(bytes_max.saturating_sub(3));
        start.text.truncate(room);
        start.text.push_str("...");
    }
    start.text
}

/// As much of a text as there is room for; an error when there is more.
struct Start {
    text: String,
    bytes_max: usize,
}

impl Write for Start {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.bytes_max.saturating_sub(self.text.len());
        let taken = part.floor_char_boundary(room);
        self.text.push_str(part.get(..taken).unwrap_or_default());
        match taken == part.len() {
            true => Ok(()),
            false => Err(fmt::Error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{at_most, printable};

    #[test]
    fn what_is_too_long_ends_in_dots() {
        assert_eq!(at_most("12345", 5), "12345");
        assert_eq!(at_most("123456", 5), "12...");
        assert_eq!(at_most("1\u{e4}3456", 5), "1...");
    }

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        assert_eq!(printable("plain, \u{e4} \\n"), "plain, \u{e4} \\n");
        assert_eq!(printable("\u{1b}[2J\n"), "\\u{1b}[2J\\n");
        assert_eq!(printable("\u{202e}\u{9b}"), "\\u{202e}\\u{9b}");
    }
}
