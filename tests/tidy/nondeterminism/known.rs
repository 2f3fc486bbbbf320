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
    "mem",
    "ops",
    "panic::resume_unwind",
    // The name of a folder, which only the cache of compiled code opens.
    "path",
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
