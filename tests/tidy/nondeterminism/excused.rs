//! Who may use a name all the same.

/// Files that may use names all the same, and what takes the place of the ban. Each must need all of
/// its names.
pub(super) const EXCUSED: [(&str, &[&str], &str); 11] = [
    (
        "gas-meter/src/schedule.rs",
        &["include_str"],
        "the committed prices",
    ),
    (
        "gas-meter/src/schedule/host_prices.rs",
        &["concat!"],
        "the documentation of a field",
    ),
    (
        "state-trie/src/batch_order.rs",
        &["sort_unstable_by"],
        "no two compare as equal: the last that is compared is the position",
    ),
    (
        "vm/src/engine/reuse.rs",
        &["Mutex"],
        "guards instances that wait to be used again; `vm/tests/execution/reuse.rs` holds them \
         against fresh ones",
    ),
    (
        "vm/src/engine/lent.rs",
        &["scoped_thread_local"],
        "leads a guest back to the host of its own run, which is on the same thread",
    ),
    (
        "engines/src/wasmtime.rs",
        &[
            "AtomicU64",
            "cfg(target_arch)",
            "std::sync::atomic",
            "target_arch",
        ],
        "which of two compilers makes native code, and how often it was the second one: both come to the \
         same, and no result reads the count",
    ),
    (
        "engines/src/disk_cache.rs",
        &["Mutex", "std::fs", "std::io", "std::path"],
        "compiled code on disk, which is read only when its authentication holds; the lock guards \
         counts of hits and of bytes that no result reads",
    ),
    (
        "engines/src/disk_cache/directory.rs",
        &[
            "cfg(unix)",
            "getrandom",
            "std::fs",
            "std::io",
            "std::os",
            "std::path",
        ],
        "the secret and the temporary names of that cache, and who may read it",
    ),
    (
        "engines/src/disk_cache/room.rs",
        &["std::fs", "std::path"],
        "which files of that cache are removed to make room; what is missing is compiled again",
    ),
    (
        "engines/src/large_stack.rs",
        &["std::thread"],
        "a thread that the caller waits for, so that native frames have room for the metered bound",
    ),
    (
        "engines/src/wasmtime/artifact.rs",
        &["std::hash"],
        "a fixed hash over the compiler's settings, for the name of what was compiled",
    ),
];
