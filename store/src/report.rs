//! What the store tells about itself.

use std::path::PathBuf;

use lockstep_state_trie::Digest;

/// A version that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptVersion {
    /// How many batches led to it. The version 0 has no entries.
    pub number: u64,
    /// Its root.
    pub root: Digest,
    /// How many entries it has.
    pub entries: u64,
}

/// What opening a store came upon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// How many frames were read behind the last checkpoint: after a clean close none.
    pub frames_read: u64,
    /// What was cut off at the end of the log, or the whole of a write-ahead log with an entry that counts
    /// for nothing, if there was anything. Who opens the store for reading leaves it there and does not
    /// read it.
    pub torn_tail: Option<TornTail>,
    /// Whether the last commit was made again from the write-ahead log, because the process before ended
    /// when its changes were durable and its nodes were not. Who opens the store for reading does so in
    /// memory.
    pub made_again: bool,
    /// Why the last commit, which may have been acknowledged, could not be made again, if it could not: a
    /// segment is damaged, or cannot be read, where its changes lead. The last version is the one before,
    /// and no change is taken.
    pub not_made: Option<String>,
    /// Whether the directory was made.
    pub created: bool,
}

/// What stands behind the last whole frame of the log, or in the write-ahead log for it.
///
/// After a crash it is the unfinished frame of a commit, a rollback or a prune that was never
/// acknowledged, and in `wal` also the entry of a commit that could not be made, or that would have led to
/// another root than was claimed. (If the write-ahead log has the changes of a commit that was made, the
/// frame is made again, and nothing is reported.) It can also be all that is left of acknowledged frames
/// behind the last checkpoint, if the file lost its end or that decayed. The two cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The file: a segment, or `wal` for an unfinished write-ahead log.
    pub path: PathBuf,
    /// Where the frame began, in bytes; 0 in `wal`.
    pub offset: u64,
    /// How many bytes were there.
    pub bytes: u64,
}

/// How full a store is, and what it has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// How many versions can be read.
    pub kept_versions: u64,
    /// How many entries the last version has.
    pub entries: u64,
    /// How many segment files the log has. One that nothing needs is not counted any more when a
    /// checkpoint without it is begun: that deletes it, or the next one does.
    pub segments: u64,
    /// How long they are together, in bytes.
    pub log_bytes: u64,
    /// How many of these bytes the kept versions need.
    pub live_bytes: u64,
    /// Whether the counts of needed bytes were found wrong, by a fault of the store. Then no file is
    /// deleted any more and no checkpoint is written, also after opening again; nothing else is
    /// wrong. An export that is imported makes a store with right counts.
    pub is_miscounted: bool,
    /// Whether nodes are being copied out of old segments.
    pub sweeping: bool,
    /// Whether a node was to be copied that is damaged or cannot be read. Commits go on without copying until
    /// the store is opened again; [`Store::checkpoint`](crate::Store::checkpoint) says what it is.
    pub is_sweep_stopped: bool,
    /// How many bytes were written to the log since the store was opened.
    pub bytes_written: u64,
    /// How many bytes the cached nodes take in memory.
    pub cache_bytes: u64,
    /// How often a node was found in the cache.
    pub cache_hits: u64,
    /// How often it was not.
    pub cache_misses: u64,
}

/// How far a compaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactProgress {
    /// Bytes copied so far.
    pub bytes_done: u64,
    /// About how many there will be.
    pub bytes_expected: u64,
}
