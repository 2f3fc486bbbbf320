//! The repository tests itself: what the documents promise about the code is checked here.
//!
//! Each module holds one family of rules and says why the rule exists. A rule that cannot be
//! met at once gets a ratchet: `ratchets.txt` lists the places that are over a limit today, with
//! today's figure, and a figure may only go down.

mod documents;
mod imports;
mod lengths;
mod licences;
mod lint_block;
mod names;
mod nondeterminism;
mod reachable;
mod tree;
