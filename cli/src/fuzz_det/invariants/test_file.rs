//! The calls that break an invariant as a test: red until the contract is mended, green from then on.
//!
//! It runs the modules where the search found them, so that it runs what they are mended to. The
//! ids of contracts follow from their code, so everything that has a name is written by it.

use std::path::{Component, Path, PathBuf};

use lockstep_abi::CodeHash;

use crate::fuzz_det::candidate::Candidate;
use crate::fuzz_det::finding_file::Writer;
use crate::fuzz_det::finding_name::write_free;
use crate::problem::Failure;
use crate::scenario::{Names, Scenario};

/// Writes a candidate as a test called `name` into a folder, with copies of its modules beside it,
/// and returns the test's path. Where another one has the name, it is called `name-2` and so on.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write_test(
    folder: &Path,
    name: &str,
    about: &str,
    scenario: &Scenario,
    (candidate, expected): (&Candidate, &[String]),
) -> Result<PathBuf, Failure> {
    write_free(folder, name, scenario, candidate, |name, copied| {
        let found = |hash: &CodeHash, code: &str| match scenario.codes.get(hash) {
            Some(code) => path_from(folder, &code.path).to_string_lossy().into_owned(),
            None => copied.module_name(hash, code),
        };
        let mut writer = Writer::new(scenario, candidate, &found);
        writer.known = names(&writer, scenario);
        format!(
            "# A test: it fails until the contract is mended. [code] names the modules where they were\n\
             # found; as they were then, they are beside this file: {name}.CODE.wasm.\n{}",
            writer.scenario(name, about, candidate, expected)
        )
    })
}

/// What has a name in the scenario that is written.
fn names(writer: &Writer<'_>, scenario: &Scenario) -> Names {
    let mut names = Names::default();
    for account in &scenario.accounts {
        names.add_account(&account.name, account.signer.account());
    }
    for (id, name) in &writer.contracts {
        names.add_account(name, *id);
    }
    for (hash, name) in &writer.codes {
        // A name that an account or a contract has, too, means that.
        if scenario.names.account(name).is_none() && names.account(name).is_none() {
            names.add_code(name, *hash);
        }
    }
    names
}

/// The way from a folder to a file. Where there is none, the file's whole path.
fn path_from(folder: &Path, file: &Path) -> PathBuf {
    let whole = || std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf());
    let parent = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new(".")).canonicalize();
    let (Ok(from), Ok(parent), Some(name)) = (folder.canonicalize(), parent, file.file_name())
    else {
        return whole();
    };
    let pairs = from.components().zip(parent.components());
    let shared = pairs.take_while(|(ours, theirs)| ours == theirs).count();
    if shared == 0 {
        return whole();
    }
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way = up.chain(parent.components().skip(shared));
    way.chain([Component::Normal(name)]).collect()
}
