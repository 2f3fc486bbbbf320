//! What the files of a finding are called: after the world or the method that it is about, and never
//! as a file that is there already with something else in it.

use std::path::Path;

use blake2::{Blake2b256, Digest};

/// The most letters of a name. The endings of files stand behind it, and a system takes 255.
const LETTERS_MAX: usize = 100;

/// How many hexadecimal digits of a hash stand for what is left out of a name.
const DIGITS: usize = 8;

/// What a finding about a world or a method is called: names of these may have anything in them.
pub(super) fn finding_name(about: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    format!("finding-{}", about.replace(|letter| !plain(letter), "-"))
}

/// The names that something may have, in order: `name`, `name-2`, `name-3` and so on. One that is too
/// long ends with a hash.
pub(super) fn names(name: &str) -> impl Iterator<Item = String> {
    let name = match name.char_indices().nth(LETTERS_MAX) {
        None => name.to_string(),
        Some((end, _)) => {
            let hash = hex::encode(Blake2b256::digest(name.as_bytes()));
            let (start, digits) = (name.get(..end), hash.get(..DIGITS));
            format!(
                "{}-{}",
                start.unwrap_or_default(),
                digits.unwrap_or_default()
            )
        }
    };
    let further = (2_u64..).map({
        let name = name.clone();
        move |number| format!("{name}-{number}")
    });
    std::iter::once(name).chain(further)
}

/// Whether a file may be written with these bytes: it is not there, or has them already.
pub(super) fn is_free(file: &Path, bytes: &[u8]) -> bool {
    match std::fs::read(file) {
        Ok(there) => there == bytes,
        // One that cannot be written shows when it is.
        Err(_) => std::fs::symlink_metadata(file).is_err(),
    }
}

#[cfg(test)]
mod tests {
    use super::{finding_name, names};

    #[test]
    fn a_long_name_is_cut_and_stays_another_one() {
        let first = |name: &str| names(name).next().expect("a name");
        assert_eq!(first(&finding_name("engine:a.b")), "finding-engine-a-b");
        let long = |last: &str| first(&finding_name(&("x".repeat(200) + last)));
        assert_eq!(long("a").len(), 109);
        assert_ne!(long("a"), long("b"));
        let further: Vec<String> = names("a").take(3).collect();
        assert_eq!(further, ["a", "a-2", "a-3"]);
        // Letters of several bytes are not cut in two.
        assert_eq!(first(&"\u{e9}".repeat(101)).chars().count(), 109);
    }
}
