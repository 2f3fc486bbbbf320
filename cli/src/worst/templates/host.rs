//! Statements that call host functions: every one that comes back.
//!
//! What lies where in the memory says `render`.

use lockstep_abi::HostFunction as F;

use super::Template;

const fn host(imports: &'static [F], text: &'static str) -> Template {
    Template {
        text,
        imports,
        wide: false,
    }
}

/// Statements with host functions.
pub(super) static HOST: [Template; 42] = [
    host(&[F::GasLeft], "(drop (call $gas_left))"),
    host(&[F::Caller], "(call $caller (i32.const 65536))"),
    host(
        &[F::Balance],
        "(call $balance (local.get $p) (i32.const 65536))",
    ),
    host(
        &[F::StorageRead],
        "(drop (call $storage_read (local.get $p) (i32.const 32) (i32.const 65536) (i32.const 32)))",
    ),
    host(
        &[F::StorageRead],
        "(drop (call $storage_read (i32.const 60000) (i32.const 256) (i32.const 65536) (i32.const 32)))",
    ),
    host(
        &[F::StorageNext],
        "(drop (call $storage_next (local.get $p) (i32.const 31) (i32.const 65536) (i32.const 256)))",
    ),
    host(
        &[F::StorageNext],
        "(drop (call $storage_next (i32.const 60000) (i32.const {n}) (i32.const 65536) (i32.const 256)))",
    ),
    host(
        &[F::StorageWrite],
        "(i32.store (i32.const 65536) (local.get $n)) (call $storage_write (local.get $p) (i32.const 32) (i32.const 65536) (i32.const {n}))",
    ),
    host(
        &[F::StorageRemove],
        "(drop (call $storage_remove (local.get $p) (i32.const 32)))",
    ),
    host(
        &[F::TransientWrite],
        "(call $transient_write (local.get $p) (i32.const 32) (i32.const 65536) (i32.const {n}))",
    ),
    host(
        &[F::TransientRead],
        "(drop (call $transient_read (local.get $p) (i32.const 32) (i32.const 65536) (i32.const 32)))",
    ),
    host(
        &[F::HashSha2x256],
        "(call $hash_sha2_256 (local.get $r) (i32.const {n}) (i32.const 65536))",
    ),
    host(
        &[F::HashKeccak256],
        "(call $hash_keccak_256 (local.get $r) (i32.const {n}) (i32.const 65536))",
    ),
    host(
        &[F::HashBlake2b256],
        "(call $hash_blake2b_256 (local.get $r) (i32.const {n}) (i32.const 65536))",
    ),
    host(
        &[F::Ed25519Verify],
        "(drop (call $ed25519_verify (local.get $p) (local.get $r) (i32.const 65536) (i32.const {n})))",
    ),
    host(
        &[F::DelegateCall],
        "(drop (call $delegate_call (i32.const 61000) (i32.const 61032) (i32.const 3) (i32.const 65536) (i32.const {n}) (i64.const -1) (i32.const 0)))",
    ),
    host(&[F::InputLength], "(drop (call $input_length))"),
    host(
        &[F::InputRead],
        "(call $input_read (i32.const 65536) (i32.const 0) (i32.and (local.get $n) (i32.const 4095)))",
    ),
    host(&[F::SelfId], "(call $self_id (i32.const 65536))"),
    host(&[F::Origin], "(call $origin (i32.const 65536))"),
    host(&[F::Value], "(call $value (i32.const 65536))"),
    host(&[F::BlockHeight], "(drop (call $block_height))"),
    host(&[F::BlockTimestamp], "(drop (call $block_timestamp))"),
    host(&[F::ChainId], "(drop (call $chain_id))"),
    host(&[F::IsReadOnly], "(drop (call $is_read_only))"),
    host(&[F::ReturnedLength], "(drop (call $returned_length))"),
    host(
        &[F::StorageLength],
        "(drop (call $storage_length (local.get $p) (i32.const 32)))",
    ),
    host(
        &[F::StoragePrevious],
        "(drop (call $storage_previous (local.get $p) (i32.const 31) (i32.const 65536) (i32.const 256)))",
    ),
    host(
        &[F::TransientRemove],
        "(drop (call $transient_remove (local.get $p) (i32.const 32)))",
    ),
    host(
        &[F::Call],
        "(drop (call $call (i32.const 61100) (i32.const 61032) (i32.const 3) (i32.const 65536) (i32.const {n}) (i32.const 62000) (i64.const -1) (i32.const 0)))",
    ),
    host(
        &[F::Call, F::ReturnedLength, F::ReturnedRead],
        "(drop (call $call (i32.const 61132) (i32.const 61032) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 62000) (i64.const -1) (i32.const 0))) (call $returned_read (i32.const 65536) (i32.const 0) (call $returned_length))",
    ),
    host(
        &[F::Instantiate],
        "(drop (call $instantiate (i32.const 61000) (i32.add (local.get $r) (i32.const {s})) (i32.const 0) (i32.const 0) (i32.const 62000) (i64.const -1) (i32.const 65536)))",
    ),
    host(
        &[F::Transfer],
        "(drop (call $transfer (local.get $p) (i32.const 61164)))",
    ),
    host(
        &[F::Upgrade],
        "(drop (call $upgrade (i32.const 61000) (i32.const 0) (i32.const 0) (i64.const -1)))",
    ),
    host(
        &[F::EmitEvent],
        "(call $emit_event (local.get $p) (i32.const 2) (i32.const 65536) (i32.const {n}))",
    ),
    host(
        &[F::HashSha3x256],
        "(call $hash_sha3_256 (local.get $r) (i32.const {n}) (i32.const 65536))",
    ),
    host(
        &[F::HashBlake2b128],
        "(call $hash_blake2b_128 (local.get $r) (i32.const {n}) (i32.const 65536))",
    ),
    host(
        &[F::Secp256k1Recover],
        "(drop (call $secp256k1_recover (i32.const 61300) (i32.const 61332) (i32.const 65536)))",
    ),
    host(
        &[F::P256Verify],
        "(drop (call $p256_verify (i32.const 61300) (i32.const 61397) (i32.const 61461)))",
    ),
    host(
        &[F::DebugLog],
        "(call $debug_log (i32.const 65536) (i32.const {n}))",
    ),
    host(
        &[F::TransientWrite],
        "(i32.store (i32.const 65536) (i32.mul (local.get $n) (i32.const 0x2545f491))) (call $transient_write (i32.const 65536) (i32.const 4) (i32.const 62000) (i32.const 0))",
    ),
    host(
        &[F::TransientWrite, F::TransientRead],
        "(i32.store (i32.const 65788) (i32.mul (local.get $n) (i32.const 0x2545f491))) (call $transient_write (i32.const 65536) (i32.const 256) (i32.const 62000) (i32.const 0)) (drop (call $transient_read (i32.const 65536) (i32.const 256) (i32.const 62000) (i32.const 0)))",
    ),
];

#[cfg(test)]
mod tests {
    use super::{F, HOST};

    /// Those that end the frame, so that no loop can repeat them. Calibration measures them.
    const ENDS_THE_FRAME: [F; 4] = [F::Return, F::Revert, F::Panic, F::Terminate];

    #[test]
    fn every_host_function_that_comes_back_has_a_statement() {
        for function in F::ALL {
            let called = format!("(call ${} ", function.name());
            let bare = format!("(call ${})", function.name());
            let mut templates = HOST.iter();
            let has_one = templates.any(|template| {
                let text = template.text;
                template.imports.contains(&function)
                    && (text.contains(&called) || text.contains(&bare))
            });
            let ends = ENDS_THE_FRAME.contains(&function);
            assert_ne!(has_one, ends, "{}", function.name());
        }
    }
}
