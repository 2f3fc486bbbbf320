//! Where a transaction's gas went, and the pool from which it is taken.
//!
//! Gas is a `u64`. A transaction's gas is always the exact sum of five buckets; nothing is
//! rounded and nothing is counted twice. What a waiting frame passed on to its callee is counted
//! once, where the callee spent it.

use parity_scale_codec::{Decode, Encode};

/// What gas was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GasBucket {
    /// The transaction itself: its base price, bytes, signature, the price of its action, and for an
    /// upload each byte of the code.
    Intrinsic,
    /// Wasm operators with what their operands ask for, entries of functions and their locals; and of
    /// a frame that ran out of gas in its code, all that it had at its last host call.
    Wasm,
    /// Host functions other than storage, and the loading and instantiation of code.
    Host,
    /// Host functions of the storage family.
    Storage,
    /// Gas that a frame that trapped still had at its last host call, or that was left when a host
    /// call or the loading of code could not be paid.
    Forfeited,
}

/// Gas by bucket.
///
/// Encoded as five u64 LE in the order of the fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct GasUsed {
    /// See [`GasBucket::Intrinsic`].
    pub intrinsic: u64,
    /// See [`GasBucket::Wasm`].
    pub wasm: u64,
    /// See [`GasBucket::Host`].
    pub host: u64,
    /// See [`GasBucket::Storage`].
    pub storage: u64,
    /// See [`GasBucket::Forfeited`].
    pub forfeited: u64,
}

impl GasUsed {
    /// The sum of all buckets, or `u64::MAX` if it were larger. A transaction's sum is never
    /// larger than its gas limit, so it is exact for every receipt.
    pub fn total(&self) -> u64 {
        self.intrinsic
            .saturating_add(self.wasm)
            .saturating_add(self.host)
            .saturating_add(self.storage)
            .saturating_add(self.forfeited)
    }

    /// Adds `amount` to a bucket, stopping at `u64::MAX`. Whoever calls this has taken the
    /// amount from a limit before, so a bucket that is part of a receipt never stops there.
    pub fn add(&mut self, bucket: GasBucket, amount: u64) {
        let field = match bucket {
            GasBucket::Intrinsic => &mut self.intrinsic,
            GasBucket::Wasm => &mut self.wasm,
            GasBucket::Host => &mut self.host,
            GasBucket::Storage => &mut self.storage,
            GasBucket::Forfeited => &mut self.forfeited,
        };
        *field = field.saturating_add(amount);
    }
}

/// The gas of one transaction: a limit, and what was taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GasPool {
    limit: u64,
    used: GasUsed,
}

impl GasPool {
    /// A full pool.
    pub(crate) fn new(limit: u64) -> GasPool {
        GasPool {
            limit,
            used: GasUsed::default(),
        }
    }

    /// What was taken, by bucket.
    pub(crate) fn used(&self) -> GasUsed {
        self.used
    }

    /// What is left.
    pub(crate) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used.total())
    }

    /// Takes `amount`, or takes nothing and returns false when less is left.
    #[must_use]
    pub(crate) fn take(&mut self, bucket: GasBucket, amount: u64) -> bool {
        if amount > self.left() {
            return false;
        }
        self.used.add(bucket, amount);
        true
    }

    /// Takes what frames used, bucket by bucket, or takes nothing and returns false when less
    /// is left.
    #[must_use]
    pub(crate) fn take_all(&mut self, used: GasUsed) -> bool {
        if used.total() > self.left() {
            return false;
        }
        self.used.add(GasBucket::Intrinsic, used.intrinsic);
        self.used.add(GasBucket::Wasm, used.wasm);
        self.used.add(GasBucket::Host, used.host);
        self.used.add(GasBucket::Storage, used.storage);
        self.used.add(GasBucket::Forfeited, used.forfeited);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{GasBucket, GasPool, GasUsed};

    #[test]
    fn a_pool_is_taken_from_and_never_overdrawn() {
        let mut pool = GasPool::new(100);
        assert!(pool.take(GasBucket::Intrinsic, 30));
        assert!(!pool.take(GasBucket::Host, 71));
        assert_eq!(pool.left(), 70);
        assert!(pool.take(GasBucket::Storage, 20));
        assert!(pool.take(GasBucket::Forfeited, 50));
        assert_eq!(pool.left(), 0);
        assert_eq!(pool.used().total(), 100);
        assert!(pool.take(GasBucket::Wasm, 0));
        assert!(!pool.take(GasBucket::Wasm, 1));
    }

    #[test]
    fn frames_are_taken_bucket_by_bucket_or_not_at_all() {
        let used = GasUsed {
            intrinsic: 5,
            wasm: 4,
            host: 3,
            storage: 2,
            forfeited: 1,
        };
        let mut pool = GasPool::new(15);
        assert!(pool.take_all(used));
        assert_eq!(pool.used(), used);
        assert!(!GasPool::new(14).take_all(used));
    }

    #[test]
    fn a_total_too_large_for_u64_does_not_wrap() {
        let used = GasUsed {
            wasm: u64::MAX,
            host: 1,
            ..GasUsed::default()
        };
        assert_eq!(used.total(), u64::MAX);
    }
}
