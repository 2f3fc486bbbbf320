//! What the pass inserts and where, on small functions. The instrumented code is read back, and
//! each inserted sequence is folded into one line (see `reading`).

mod apart;
mod calls;
mod fixed;
mod forks;
mod groups;
mod loops;
mod reading;
mod reading_slots;
mod slots;
mod table;
mod turns;
mod unchecked;
mod unpaid;
mod unpaid_calls;
