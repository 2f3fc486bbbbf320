//! What the consensus crates and the engines use of the standard library. Whatever is not on this
//! list is refused, so that what a later version of the library adds is looked at before it is
//! used.

/// Modules and items that depend on nothing but their arguments, by the path below `std`, `core`
/// or `alloc`. What stands behind one of them is allowed, too.
pub(super) const KNOWN: [&str; 27] = [
    "boxed",
    "cell::RefCell",
    "cmp",
    "collections::BTreeMap",
    "collections::BTreeSet",
    "collections::VecDeque",
    "collections::btree_map",
    "convert",
    "error",
    "fmt",
    "format",
    // `black_box` and `cold_path` speak to the compiler; neither has a result of its own.
    "hint",
    "iter",
    "mem::replace",
    "mem::take",
    "ops",
    "panic::resume_unwind",
    "rc::Rc",
    "result",
    "slice",
    "str",
    "string",
    "sync::Arc",
    "sync::MutexGuard",
    "sync::PoisonError",
    "vec",
    // The imports of a contract, in the crate that contracts share with the machine.
    "arch::wasm32",
];

/// The words of the conditions on which code is built: neither the machine nor the profile is among
/// them.
pub(super) const KNOWN_CONDITIONS: [&str; 5] = ["all", "any", "feature", "not", "test"];
