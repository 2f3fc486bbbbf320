//! Keeps the pages and leaves of a state trie in a directory, through any crash.
//!
//! A [`Store`] is a [`NodeStore`](lockstep_state_trie::NodeStore) over an append-only log. One
//! batch is one *frame* at the end of the log: the new nodes, the root, a caller's record, and a
//! checksum. No byte that was written is ever changed, so a crash can only leave an unfinished last
//! frame, which opening cuts off. (A medium has to write a sector whole or not at all.) A node's number
//! is its place in the log, so there is no index: the pages refer to each other.
//!
//! A batch is durable, whole, by a single sync. That need not be the sync of its frame, which is long:
//! with threads its changes and record go into the *write-ahead log* while the root is computed, and the
//! frame follows while the caller goes on. If it does not come to that, opening makes the frame from the
//! changes.
//!
//! The way through the code: `commit.rs` makes a frame (`frame.rs`, `put.rs`, `node.rs`) and
//! appends it to the `log.rs`; `ledger.rs` then takes note of it: which versions are kept, and how
//! many bytes of each segment file are still needed. Opening (`open.rs`, `recover.rs`) reads the
//! last `checkpoint.rs` and has the ledger take note of the frames behind it again, by the same
//! function. Space comes back as whole segment files (`housekeeping.rs`); so that they fall empty,
//! `sweep.rs` copies what has stayed behind in old ones (`sweeping.rs` says when). Reading (`read.rs`)
//! lends what the `cache.rs` has, and a commit takes out of it what it replaces and puts in what it
//! makes, in two threads where it can (`threads.rs`). All that is `log_store.rs`. What users hold is in
//! `store.rs`: it writes to the write-ahead log (`ahead.rs`, `wal.rs`) and has the log store follow
//! (`writing.rs`), and opening makes up for a frame that is missing (`replay.rs`). Everything that
//! touches a disk goes through the traits of `medium.rs`, which tests implement with disks that fail.
//!
//! `docs/store.md` has the formats byte for byte, and why no acknowledged batch can be lost.
//!
//! ```
//! use lockstep_state_trie::Trie;
//! use lockstep_store::{Settings, Store};
//!
//! # let directory = std::env::temp_dir().join(format!("lockstep-store-{}", std::process::id()));
//! # let _ = std::fs::remove_dir_all(&directory);
//! let store = Store::create(&directory, Settings::default())?;
//! let mut trie = Trie::new(store);
//! let root = trie.update([(b"alice".to_vec(), Some(b"250".to_vec()))])?;
//! drop(trie);
//!
//! let (store, _) = Store::open(&directory, Settings::default())?;
//! assert_eq!(store.last().root, root);
//! let trie = Trie::open(store, root)?;
//! assert_eq!(trie.get(b"alice")?, Some(b"250".to_vec()));
//! # drop(trie);
//! # std::fs::remove_dir_all(&directory)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

mod address;
mod ahead;
mod bytes;
mod cache;
mod change;
mod checkpoint;
mod checksum;
mod commit;
mod create;
mod directory;
mod error;
mod frame;
mod frame_builder;
mod housekeeping;
mod ledger;
mod lent;
mod lock;
mod log;
mod log_store;
mod maintain;
mod medium;
mod node;
mod open;
mod put;
mod read;
mod recover;
mod replay;
mod report;
mod scan;
mod segment;
mod settings;
mod store;
mod sweep;
mod sweeping;
mod threads;
mod version;
mod wal;
mod writing;

pub use error::StoreError;
pub use lent::Lent;
pub use medium::disk::Disk;
pub use medium::{LockMode, Medium, MediumFile, Mode};
pub use report::{CompactProgress, KeptVersion, Opening, Statistics, TornTail};
pub use settings::Settings;
pub use store::{Access, Store};
