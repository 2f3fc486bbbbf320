//! The trie from outside: against a model, against its definition, under attack and in depth.

mod content;
mod definition;
mod depth;
mod model;
mod proofs;
mod stores;
mod totality;
