//! What the files of a finding are called: after the world or the method that it is about, and never
//! as a file that is there already with something else in it.

use std::path::{Path, PathBuf};

use blake2::{Blake2b256, Digest};
use lockstep_abi::CodeHash;

use super::candidate::Candidate;
use super::finding_file::Writer;
use crate::output_file::write_atomically;
use crate::problem::Failure;
use crate::scenario::Scenario;
use crate::state::refuse_folder_of_state;

/// The most letters of a name. The endings of files stand behind it, and a system takes 255.
const LETTERS_MAX: usize = 100;

/// How many hexadecimal digits of a hash stand for what is left out of a name.
const DIGITS: usize = 8;

/// What a finding about a world or a method is called: names of these may have anything in them.
pub(super) fn finding_name(about: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    format!("finding-{}", about.replace(|letter| !plain(letter), "-"))
}

/// Writes the text that `text` gives of a candidate as `NAME.toml`, with its modules beside it as
/// `NAME.CODE.wasm`, under the first of the further names of `name` that is free. Returns its path.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write_free(
    folder: &Path,
    name: &str,
    scenario: &Scenario,
    candidate: &Candidate,
    text: impl Fn(&str, &Writer<'_>) -> String,
) -> Result<PathBuf, Failure> {
    refuse_folder_of_state(folder)?;
    // A folder that cannot be made shows when the first file is written.
    let _ = std::fs::create_dir_all(folder);
    let mut names = names(name);
    loop {
        let name = names.next().unwrap_or_default();
        let module_names = |_: &CodeHash, code: &str| format!("{name}.{code}.wasm");
        let writer = Writer::new(scenario, candidate, &module_names);
        let path = folder.join(format!("{name}.toml"));
        let text = text(&name, &writer);
        let modules = writer.modules(folder);
        let mut files = modules.chain([(path.clone(), text.as_bytes())]);
        let has_bundle_of_another = !path.exists() && path.with_extension("bundle").exists();
        if files.all(|(file, bytes)| is_free(&file, bytes)) && !has_bundle_of_another {
            writer.write_modules(folder)?;
            write_atomically(&path, text.as_bytes())?;
            return Ok(path);
        }
    }
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
fn is_free(file: &Path, bytes: &[u8]) -> bool {
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
