//! The list itself: the folders, the names, and who may use one all the same.

/// The folders that the list is about. The store is not among them: it computes no result, keeps what
/// the trie gives it, and works with files and threads by its nature; its tests compare what two
/// threads write with what one writes.
pub(super) const FOLDERS: [&str; 5] = [
    "contracts/abi/src/",
    "engines/src/",
    "gas-meter/src/",
    "state-trie/src/",
    "vm/src/",
];

/// What each group of names could leak, and the names. A name with `::` is the beginning of a path;
/// one without is any part of a path, a method or a macro. One that ends in `!` is a macro alone,
/// and one in `cfg(...)` counts only there.
pub(super) const BANNED: [(&str, &[&str]); 13] = [
    (
        "a clock",
        &[
            "Instant",
            "SystemTime",
            "UNIX_EPOCH",
            "std::time",
            "chrono",
            "time",
            "quanta",
            "minstant",
        ],
    ),
    (
        "randomness",
        &[
            "rand",
            "rand_core",
            "rand_chacha",
            "getrandom",
            "uuid",
            "fastrand",
            "OsRng",
            "thread_rng",
            "random",
        ],
    ),
    (
        "hash order",
        &[
            "HashMap",
            "HashSet",
            "hash_map",
            "hash_set",
            "RandomState",
            "DefaultHasher",
            "BuildHasher",
            "std::hash",
            "core::hash",
            "hashbrown",
            "ahash",
            "indexmap",
            "dashmap",
            "FxHashMap",
            "FxHashSet",
            "rustc_hash",
        ],
    ),
    (
        "threads and their order",
        &[
            "std::thread",
            "thread_local",
            "scoped_thread_local",
            "available_parallelism",
            "rayon",
            "num_cpus",
            "crossbeam",
            "crossbeam_channel",
            "crossbeam_utils",
            "parking_lot",
            "tokio",
            "Mutex",
            "RwLock",
            "Condvar",
            "mpsc",
            "std::sync::Once",
            "std::sync::Barrier",
            "std::sync::atomic",
            "core::sync::atomic",
            "AtomicU64",
            "AtomicUsize",
            "AtomicBool",
        ],
    ),
    (
        "what was computed before, in another transaction",
        &[
            "OnceLock",
            "LazyLock",
            "OnceCell",
            "LazyCell",
            "lazy_static",
            "once_cell",
        ],
    ),
    (
        "the environment",
        &[
            "std::env",
            "env",
            "option_env",
            "current_dir",
            "home_dir",
            "temp_dir",
        ],
    ),
    (
        "files, sockets, processes",
        &[
            "std::fs",
            "std::net",
            "std::process",
            "std::io",
            "std::os",
            "stdin",
            "Command",
            "libc",
            "rustix",
            "nix",
        ],
    ),
    (
        "addresses of memory",
        &[
            "as_ptr",
            "as_mut_ptr",
            "as_ptr_range",
            "as_mut_ptr_range",
            "into_raw",
            "leak",
            "fmt::Pointer",
            "std::fmt::Pointer",
            "core::fmt::Pointer",
            "from_ref",
            "from_mut",
            "addr_of",
            "expose_provenance",
            "NonNull",
            "std::ptr",
            "core::ptr",
            "ptr_eq",
            "*const",
            "*mut",
        ],
    ),
    (
        "who else holds a value",
        &["strong_count", "weak_count", "Weak"],
    ),
    (
        "text of the compiler",
        &[
            "type_name",
            "type_name_of_val",
            "TypeId",
            "Location",
            "Backtrace",
            "file!",
            "line!",
            "column!",
            "module_path!",
        ],
    ),
    (
        "the machine's width, byte order and features",
        &[
            "to_ne_bytes",
            "from_ne_bytes",
            "size_of",
            "size_of_val",
            "align_of",
            "target_pointer_width",
            "usize::BITS",
            "isize::BITS",
            "target_feature",
            "target_env",
            "target_endian",
            "target_arch",
            "target_os",
            "target_family",
            "cfg(unix)",
            "cfg(windows)",
            "is_x86_feature_detected",
            "is_aarch64_feature_detected",
        ],
    ),
    (
        "the build profile",
        &[
            "debug_assert",
            "debug_assert_eq",
            "debug_assert_ne",
            "debug_assertions",
            "overflow_checks",
        ],
    ),
    ("floats", &["f32", "f64"]),
];

/// Files that may use names all the same, and what takes the place of the ban. Each must need all of
/// its names.
pub(super) const EXCUSED: [(&str, &[&str], &str); 7] = [
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
        "engines/src/disk_cache.rs",
        &["Mutex", "std::fs", "std::io"],
        "compiled code on disk, which is read only when its authentication holds; the lock guards \
         counts of hits and of bytes that no result reads",
    ),
    (
        "engines/src/disk_cache/directory.rs",
        &["cfg(unix)", "getrandom", "std::fs", "std::io", "std::os"],
        "the secret and the temporary names of that cache, and who may read it",
    ),
    (
        "engines/src/disk_cache/room.rs",
        &["std::fs"],
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
