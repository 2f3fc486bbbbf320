//! What a user of the store may choose. None of it is in the files: another choice may be made at
//! each opening.

/// See the fields. `Settings::default()` suits a chain with blocks of some thousand changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many versions stay readable, the last one included; 1 to 65,536, and what is beyond
    /// counts as the nearer end. 128 unless stated.
    pub kept_versions: u32,
    /// The most memory that nodes in the cache take, in bytes. 256 MiB unless stated.
    pub cache_bytes: u64,
    /// A segment file is closed when it has this many bytes; the frame that brings it there may
    /// make it longer. At least 4 KiB, at most 16 GiB. 256 MiB unless stated.
    pub segment_bytes: u64,
    /// How many bytes that nothing needs the log may hold for each 100 that something needs,
    /// beside one segment, before live nodes are copied out of old segments. At least 20; 200
    /// unless stated. Less saves space, more saves writing.
    pub dead_percent_max: u32,
    /// Whether threads are used: to write the changes of a batch to the write-ahead log while its root is
    /// computed, to make and write its nodes when they are durable there, for the second half of a large
    /// batch, and to write checkpoints and delete segments. Without them a batch is durable when its frame
    /// is. The log has the same frames either way, unless opening has to make one again. `true` unless
    /// stated.
    pub background: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            kept_versions: 128,
            cache_bytes: 256 << 20,
            segment_bytes: 256 << 20,
            dead_percent_max: 200,
            background: true,
        }
    }
}

impl Settings {
    /// The settings with each value within its bounds.
    pub(crate) fn bounded(self) -> Settings {
        Settings {
            kept_versions: self.kept_versions.clamp(1, 1 << 16),
            segment_bytes: self.segment_bytes.clamp(4 << 10, 16 << 30),
            dead_percent_max: self.dead_percent_max.max(20),
            ..self
        }
    }
}
