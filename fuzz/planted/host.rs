//! Faults in what the host tells its guests about their frames, in what it lets frames do that are
//! read-only, and in what it does for them and comes back with, hunted by programs whose calls of the
//! host are watched.
//!
//! A fault lies between the guest, as it is watched, and the real host, which gets another function or
//! other arguments than the guest gave. Every engine would see the same.

mod faulty;

use super::{Fault, Hunter, Verdict};
use crate::generators::Rng;
use crate::message::{CONTRACTS, Messages};
use crate::script::top_message;
use faulty::{Kind, around};

/// The faults of this file.
pub fn faults() -> Vec<Fault> {
    let mut faults = faults_of_frames();
    faults.extend(faults_of_answers());
    faults
}

/// Faults in what frames are told about themselves, in what they may do, and in which code they run.
fn faults_of_frames() -> Vec<Fault> {
    vec![
        fault(
            "caller-is-origin",
            "the caller is the sender of the transaction",
            "context",
            |seed, planted| hunter(seed, planted, Kind::CallerIsOrigin),
        ),
        fault(
            "self-is-caller",
            "the id that a contract is told as its own is its caller's",
            "context",
            |seed, planted| hunter(seed, planted, Kind::SelfIsCaller),
        ),
        fault(
            "delegate-without-value",
            "code that runs by a delegate call is told a value of zero",
            "context",
            |seed, planted| hunter(seed, planted, Kind::DelegateWithoutValue),
        ),
        fault(
            "read-only-ignored",
            "a call that is to be read-only is one like any other",
            "read-only",
            |seed, planted| hunter(seed, planted, Kind::ReadOnlyIgnored),
        ),
        fault(
            "read-only-not-inherited",
            "what a read-only frame calls may write",
            "read-only",
            |seed, planted| hunter(seed, planted, Kind::ReadOnlyNotInherited),
        ),
        fault(
            "delegate-to-another",
            "a delegate call runs another code than the one that was named",
            "capability",
            |seed, planted| hunter(seed, planted, Kind::DelegateOfAnother),
        ),
        fault(
            "upgrade-to-another",
            "a contract gets another code than the one that it named",
            "capability",
            |seed, planted| hunter(seed, planted, Kind::UpgradeToAnother),
        ),
    ]
}

/// Faults in what calls come to.
fn faults_of_answers() -> Vec<Fault> {
    vec![
        fault(
            "failed-call-succeeds",
            "a call that failed comes back as one that succeeded",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::FailureIsSuccess),
        ),
        fault(
            "read-cut-short",
            "of a value in storage no more than 8 bytes are copied",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::ReadsLess),
        ),
        fault(
            "returned-is-input",
            "the length of what a call gave back is that of the frame's own input",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::ReturnedIsInput),
        ),
        fault(
            "read-traps",
            "a read of a value of 9 bytes in storage traps",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::ReadTraps),
        ),
        fault(
            "call-without-gas",
            "a call gets no gas, whatever its limit is",
            "asked",
            |seed, planted| hunter(seed, planted, Kind::CallWithoutGas),
        ),
    ]
}

fn fault(
    name: &'static str,
    about: &'static str,
    oracle: &'static str,
    hunter: fn(u64, bool) -> Hunter,
) -> Fault {
    Fault {
        name,
        about,
        oracle,
        budget: 2_000,
        hunter,
    }
}

/// Judges one generated program after the other.
fn hunter(seed: u64, planted: bool, kind: Kind) -> Hunter {
    let mut rng = Rng::new(seed);
    let mut messages = match planted {
        true => Messages::with(|engine| around(engine, kind)),
        false => Messages::default(),
    };
    Box::new(move || {
        let message = top_message(&mut rng, &CONTRACTS);
        Verdict::of(messages.judge(&message, None))
    })
}
