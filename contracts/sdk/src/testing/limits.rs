//! The machine's limits. What is over one of them traps there, and panics here.

/// A key of storage or transient storage.
pub(super) fn storage_key(key: &[u8]) {
    assert!(key.len() <= 256, "a storage key has at most 256 bytes");
}

/// A value of storage or transient storage.
pub(super) fn storage_value(value: &[u8]) {
    assert!(
        value.len() <= 65_536,
        "a stored value has at most 65,536 bytes"
    );
}

/// The topics and the data of an event.
pub(super) fn event(topics: &[[u8; 32]], data: &[u8]) {
    assert!(topics.len() <= 4, "an event has at most 4 topics");
    assert!(
        data.len() <= 16_384,
        "an event's data has at most 16,384 bytes"
    );
}

/// The method's name and the input of a call.
pub(super) fn call(method: &[u8], input: &[u8]) {
    assert!(method.len() <= 128, "a method's name has at most 128 bytes");
    assert!(
        method != b"init" && method != b"upgraded",
        "no call can name `init` and `upgraded`"
    );
    assert!(
        input.len() <= 131_072,
        "a call's input has at most 131,072 bytes"
    );
}

/// A debug message.
pub(super) fn debug_log(message: &str) {
    assert!(
        message.len() <= 4_096,
        "a debug message has at most 4,096 bytes"
    );
}
