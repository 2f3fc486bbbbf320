//! The exit codes of the command, which scripts may rely on.

use std::process::ExitCode;

/// How the command ended. The numbers never change meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done and everything that was expected came true.
    Success = 0,
    /// A bug in Lockstep, or a machine or store that is broken (a disk that fails, files of a state
    /// that are damaged, memory exhausted).
    Bug = 1,
    /// The command line or a scenario file is wrong; nothing was executed.
    Usage = 2,
    /// A module was refused.
    Refused = 3,
    /// A transaction without a stated expectation reverted, trapped, ran out of gas or was
    /// invalid.
    Failed = 4,
    /// An expectation of a scenario did not come true.
    Unexpected = 5,
    /// A committed snapshot is not what the present code gives.
    Drift = 6,
    /// Executions that must be equal were not, a replay came to something else than its bundle says,
    /// or a proof does not verify.
    Mismatch = 7,
    /// Nothing matched what was asked for.
    NothingMatched = 8,
    /// Something that goes away stands in the way: another process works on the state, or the disk
    /// is full. The same command can succeed later.
    Transient = 9,
    /// An interrupt (Ctrl-C) stopped the command before its work was done. The number is what
    /// shells give a process that the signal ended.
    Interrupted = 130,
}

impl Exit {
    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Bug => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Failed => 4,
            Self::Unexpected => 5,
            Self::Drift => 6,
            Self::Mismatch => 7,
            Self::NothingMatched => 8,
            Self::Transient => 9,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
