//! What the system counts of this process: the bytes it had written to the disk, and its memory.

/// How many bytes the process had the disk write so far; none where the system does not tell.
pub(crate) fn written_bytes() -> Option<u64> {
    number_behind("/proc/self/io", "write_bytes:")
}

/// Has the system count the peak of the memory from here on. Where it cannot, the peak is that of
/// the whole run.
pub(crate) fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that the process had, in MB; none where the system does not tell.
pub(crate) fn peak_megabytes() -> Option<f64> {
    let kilobytes = number_behind("/proc/self/status", "VmHWM:")?;
    Some(kilobytes as f64 / 1e3)
}

/// The number behind a word that begins a line of a file.
fn number_behind(file: &str, word: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(word))?;
    rest.split_whitespace().next()?.parse().ok()
}
