//! Golden files, which are committed.

/// Whether the tests write golden files anew: with `LOCKSTEP_UPDATE=1`, and with no other value.
pub fn updates_golden_files() -> bool {
    std::env::var_os("LOCKSTEP_UPDATE").is_some_and(|value| value == "1")
}
