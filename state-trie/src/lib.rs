//! An authenticated ordered map: batches of changes in, roots and proofs out.
//!
//! A [`Trie`] maps byte strings to byte strings and has at every moment a 32-byte root that is a
//! function of its contents alone: not of the order in which they arrived, nor of what was there
//! before. Whoever holds the root can check with [`verify`] and a [`Proof`] what one key holds,
//! or that it holds nothing. The keys are ordered as byte strings are, and can be walked in both
//! directions from any place.
//!
//! The trie is a path-compressed binary radix tree: an internal node stands exactly where two
//! keys that are present first differ. `docs/state-trie.md` specifies the tree, its hashes and
//! the proofs byte for byte; the tests compare its examples with this code.
//!
//! The crate knows neither what the keys mean nor where the nodes are kept. Four levels of nodes at
//! a time are packed into a [`Page`]; pages and leaves go through the [`NodeStore`] trait, under
//! numbers that the store chooses, and [`MemoryStore`] keeps them in memory. What a new version
//! adds is put beside the old ones, so every root that the store still holds can be read
//! ([`Trie::at`]) and built upon ([`Trie::open`]).
//!
//! A [`MultiProof`] shows what several keys hold ([`verify_keys`]), that no entry of a range is left
//! out ([`verify_range`]), or all that is needed to read and change some keys and compute the new
//! root without the store ([`Witness`]). To verify needs no `std` and no dependency but the hash:
//! build the crate without its default features.
//!
//! No function recurses: keys that are prefixes of each other make the tree as deep as there are
//! keys, up to [`BIT_INDEX_MAX`] levels, and a walk that deep needs heap, not stack.
//!
//! ```
//! use lockstep_state_trie::{MemoryStore, Trie, verify};
//!
//! let mut trie = Trie::new(MemoryStore::new());
//! let root = trie.update([(b"alice".to_vec(), Some(b"250".to_vec()))])?;
//! let proof = trie.prove(b"alice")?;
//! assert_eq!(verify(&root, b"alice", &proof)?, Some(b"250".to_vec()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod announcement;
mod batch;
mod batch_order;
mod bytes_source;
mod changes;
mod cursor;
mod digest;
mod draft;
mod edit;
mod error;
mod fetch_ahead;
mod fork_batch;
mod gap_code;
mod halves;
mod hash_batch;
mod hash_leaves;
mod key_bits;
mod leaf;
mod leaf_places;
mod link;
mod load;
mod memory_release;
mod memory_store;
mod multi_codec;
mod multi_prove;
mod multi_verify;
mod open_page;
mod page;
mod page_bytes;
mod page_change;
mod page_nodes;
mod partial_node;
mod partial_tree;
mod pending_slots;
mod proof;
mod proof_codec;
mod proof_error;
mod range;
mod range_verify;
#[cfg(feature = "scale")]
mod scale;
mod slab;
mod slots;
mod snapshot;
mod spare_pages;
mod store;
mod terminals;
mod trie;
#[cfg(test)]
mod vectors;
mod verifier;
mod witness;
mod witness_edit;
mod witness_prove;

pub use changes::{Changes, Difference};
pub use digest::{Digest, EMPTY_ROOT, value_hash};
pub use error::TrieError;
pub use fetch_ahead::go_down_together;
pub use key_bits::{BIT_INDEX_MAX, KEY_BYTES_MAX};
pub use leaf::Leaf;
pub use link::Link;
pub use load::{LOAD_BYTES_AT_A_TIME, LOAD_ENTRIES_AT_A_TIME};
pub use memory_store::MemoryStore;
pub use multi_verify::{verify_entries, verify_keys};
pub use page::Page;
pub use page_change::{EditParts, PageChange, PageEdit};
pub use partial_tree::MultiProof;
pub use proof::Proof;
pub use proof_error::{EncodingFault, ProofError};
pub use range::Range;
pub use range_verify::verify_range;
pub use snapshot::{Entry, Snapshot};
pub use store::{ComingBatch, NodeChanges, NodeStore};
pub use trie::{PreparedUpdate, Trie, VALUE_BYTES_MAX};
pub use verifier::{verify, verify_value};
pub use witness::Witness;
