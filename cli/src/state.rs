//! What the commands of `lockstep state` share: opening a directory, choosing one of the versions
//! in it, and the text for keys and values.

mod check_export;
mod directory;
mod export_file;
mod export_writer;
mod key;
mod names;
mod place;
#[cfg(test)]
mod sample;
mod value;
mod version;
mod view;

pub use check_export::check_export;
pub(crate) use directory::{
    CACHE_MB_MAX, KEPT_VERSIONS_MAX, change_state, new_state_for_scenario, read_state,
    say_what_is_kept, state_for_block, store_settings,
};
pub(crate) use export_file::ExportFile;
pub(crate) use export_writer::ExportWriter;
pub(crate) use key::{KeyReport, key_bytes, key_report, range_end, taken_as};
pub(crate) use names::StateNames;
pub(crate) use place::{refuse_folder_of_state, refuse_in_state, refuse_output_inside, resolved};
#[cfg(test)]
pub(crate) use sample::Sample;
pub(crate) use value::{ValueReport, value_report};
pub(crate) use version::{VersionReport, digest, find_version, version_report};
pub(crate) use view::{View, ViewArguments};
