//! Names of modules and scenarios on one line of text.

/// The name as it is shown: characters that are not seen, or that change how what is beside them
/// is shown, are escaped, and so is the backslash.
pub(super) fn on_one_line(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '\'' | '"' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::on_one_line;

    #[test]
    fn only_what_does_not_show_itself_is_escaped() {
        let plain = "<Map<'a, T> as \"x\">::get::{closure#0};\u{e4}\u{4e2d}";
        assert_eq!(on_one_line(plain), plain);
        let hostile = "a\nb\r\t\0\u{1b}[31m\u{9b}\u{202e}\u{2066}\u{200b}\u{2028}\\n";
        let shown = "a\\nb\\r\\t\\0\\u{1b}[31m\\u{9b}\\u{202e}\\u{2066}\\u{200b}\\u{2028}\\\\n";
        assert_eq!(on_one_line(hostile), shown);
    }
}
