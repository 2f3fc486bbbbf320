//! Words of a command that is printed for somebody to run.

use std::borrow::Cow;

/// The text as one word of a shell: in single quotes, unless all of it stands for itself.
pub(crate) fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@%+,#".contains(letter);
    // Behind white space a `#` begins a comment.
    match !text.is_empty() && !text.starts_with('#') && text.chars().all(is_plain) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(format!("'{}'", text.replace('\'', r"'\''"))),
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for plain in ["fuzz-findings/a_b.toml", "low-memory#1MiB", "binary:/x/y"] {
            assert_eq!(shell_word(plain), plain);
        }
        for (text, word) in [
            ("", "''"),
            ("o sp/a.toml", "'o sp/a.toml'"),
            ("o'q", r"'o'\''q'"),
            ("$(x)", "'$(x)'"),
            ("#a", "'#a'"),
            ("~/a", "'~/a'"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }
}
