//! The trie from outside: against a model, against its definition, under attack and in depth.

mod alterations;
mod announced;
mod changes;
mod content;
mod corruption;
mod definition;
mod depth;
mod halves;
mod light_client;
mod model;
mod multi;
mod proofs;
mod stores;
mod totality;
mod witness;
