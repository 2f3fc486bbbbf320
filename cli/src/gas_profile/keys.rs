//! Storage keys as people read them.

use crate::scenario::Names;
use crate::value::map_entry;

/// A storage key as the contract's source would write it: `supply`, `balances[@alice]`. What the
/// SDK did not make is shown in hexadecimal, with text at its beginning in quotes.
pub(super) fn shown_key(key: &[u8], names: &Names) -> String {
    let name_bytes = key
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let (name, rest) = key.split_at(name_bytes);
    let name = String::from_utf8_lossy(name).into_owned();
    match rest.split_first() {
        _ if name.is_empty() => names.show_bytes(key),
        None => name,
        Some((b':', entry)) => {
            let entry = map_entry(entry).unwrap_or(entry);
            format!("{name}[{}]", names.show_bytes(entry))
        }
        Some(_) => names.show_key(key),
    }
}

#[cfg(test)]
mod tests {
    use super::shown_key;
    use crate::scenario::Names;
    use blake2::{Blake2b128, Digest};

    #[test]
    fn keys_read_as_the_source_writes_them() {
        let names = Names::default();
        assert_eq!(shown_key(b"supply", &names), "supply");
        let hash = Blake2b128::digest([1, 2]);
        let key = [b"balances:".as_slice(), &hash, &[1, 2]].concat();
        assert_eq!(shown_key(&key, &names), "balances[0x0102]");
        assert_eq!(shown_key(b"notes:\x00\x01", &names), "notes[0x0001]");
        assert_eq!(shown_key(&[0, 1], &names), "0x0001");
        assert_eq!(shown_key(b"", &names), "0x");
    }
}
