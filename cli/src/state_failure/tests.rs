//! What is said of failures of a state.

use super::{rollback_or_prune_failure, store_failure};
use crate::exit::Exit;
use crate::problem_code::ProblemCode;
use lockstep_store::StoreError;
use std::io::ErrorKind;
use std::path::PathBuf;

#[test]
fn what_is_done_is_not_said_to_have_failed() {
    let no_room = StoreError::Io {
        action: "write",
        path: PathBuf::from("state/checkpoint.new"),
        source: ErrorKind::StorageFull.into(),
    };
    let failure = store_failure(&StoreError::NoCheckpoint {
        source: Box::new(no_room),
    });
    assert_eq!(failure.exit, Exit::Transient);
    let problem = &failure.problems[0];
    let begins = problem.message.starts_with("every change is made");
    assert!(begins && problem.message.contains("state/checkpoint.new"));
    assert!(problem.help.starts_with("make room; "), "{}", problem.help);
    assert!(problem.help.contains("is done"), "{}", problem.help);
}

#[test]
fn what_may_be_done_is_not_said_to_have_given_up_nothing() {
    for (action, may_be_done) in [("write", false), ("sync", true)] {
        let failure = rollback_or_prune_failure(&StoreError::Io {
            action,
            path: PathBuf::from("state/00000001.log"),
            source: std::io::Error::other("the disk fails"),
        });
        assert_eq!(failure.exit, Exit::Bug);
        let help = &failure.problems[0].help;
        assert_eq!(help.contains("may be done all the same"), may_be_done);
        assert_ne!(help.contains("was given up for it"), may_be_done, "{help}");
    }
}

#[cfg(unix)]
#[test]
fn a_state_with_more_files_than_may_be_open_is_no_failing_disk() {
    for number in [23, 24] {
        let failure = store_failure(&StoreError::Io {
            action: "open",
            path: PathBuf::from("state/00000001.log"),
            source: std::io::Error::from_raw_os_error(number),
        });
        assert_eq!(failure.exit, Exit::Transient);
        let problem = &failure.problems[0];
        assert!(problem.help.contains("`ulimit -n`"), "{}", problem.help);
    }
}

#[test]
fn what_has_a_remedy_is_not_called_a_bug() {
    let failed = StoreError::Failed {
        why: "cannot write state/00000001.log".to_string(),
    };
    let read_only = StoreError::ReadOnly {
        directory: PathBuf::from("state"),
    };
    let too_large = StoreError::TooLarge { bytes: 9, limit: 8 };
    for (error, exit) in [
        (failed, Exit::Bug),
        (read_only, Exit::Usage),
        (too_large, Exit::Usage),
    ] {
        let failure = store_failure(&error);
        assert_eq!(failure.exit, exit);
        let problem = &failure.problems[0];
        assert_eq!(problem.code, ProblemCode::StateUnusable);
        assert_eq!(problem.message, error.to_string());
        assert!(!problem.help.contains("bug"), "{}", problem.help);
        assert_eq!(problem.bound.is_some(), problem.message.contains("at most"));
    }
}

#[test]
fn what_the_system_says_is_said_in_the_words_of_other_files() {
    let denied = || StoreError::Io {
        action: "open",
        path: PathBuf::from("state/LOCK"),
        source: std::io::Error::from_raw_os_error(13),
    };
    let problem = |error: &StoreError| store_failure(error).problems.remove(0);
    let told = "cannot open state/LOCK: permission denied";
    assert_eq!(problem(&denied()).message, told);
    let after = problem(&StoreError::NoCheckpoint {
        source: Box::new(denied()),
    });
    assert!(after.message.ends_with(told), "{}", after.message);
    assert!(after.message.starts_with("every change is made"));
}

#[test]
fn no_advice_is_given_twice() {
    let locked = StoreError::Locked {
        directory: PathBuf::from("state"),
    };
    let damaged = StoreError::Damaged {
        path: PathBuf::from("state/a"),
        offset: 7,
        what: "it is cut off".to_string(),
    };
    for (error, message, help) in [
        (
            locked,
            "state is in use by another process",
            "several may read",
        ),
        (
            damaged,
            "state/a is damaged at byte 7: it is cut off",
            "from a copy",
        ),
        (
            StoreError::NoMoreSegments { limit: 9 },
            "the log of the state has begun all of the 9 segment files that it may",
            "`lockstep state export`",
        ),
    ] {
        let problem = store_failure(&error).problems.remove(0);
        assert_eq!(problem.message, message);
        assert!(problem.help.contains(help), "{}", problem.help);
    }
}
