//! The search for the code with the most nanoseconds per gas.
//!
//! A [`genome`] is a list of statements in the body of a loop: arithmetic, accesses to memory in
//! several patterns, branches, calls, host calls with sizes. The [`search`] changes one at random,
//! keeps what is dearer per gas, and begins anew when nothing improves. What is measured is the
//! difference between many turns of the loop and one, so that loading and instances, which have
//! prices of their own, fall out.
//!
//! Calibration measures one price at a time; this finds what it does not think of, prices that
//! are right alone and wrong together.

mod bench;
pub(crate) mod genome;
mod render;
pub(crate) mod search;
mod templates;
