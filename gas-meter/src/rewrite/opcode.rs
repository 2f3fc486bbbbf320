//! The opcodes of what the pass writes most often.

/// `if`.
pub(super) const IF: u8 = 0x04;
/// `unreachable`.
pub(super) const UNREACHABLE: u8 = 0x00;
/// `end`.
pub(super) const END: u8 = 0x0b;
/// `br`.
pub(super) const BR: u8 = 0x0c;
/// `br_if`.
pub(super) const BR_IF: u8 = 0x0d;
/// `local.get`.
pub(super) const LOCAL_GET: u8 = 0x20;
/// `local.set`.
pub(super) const LOCAL_SET: u8 = 0x21;
/// `local.tee`.
pub(super) const LOCAL_TEE: u8 = 0x22;
/// `global.get`.
pub(super) const GLOBAL_GET: u8 = 0x23;
/// `global.set`.
pub(super) const GLOBAL_SET: u8 = 0x24;
/// `i32.const`.
pub(super) const I32_CONST: u8 = 0x41;
/// `i64.const`.
pub(super) const I64_CONST: u8 = 0x42;
/// `i32.lt_s`.
pub(super) const I32_LT_S: u8 = 0x48;
/// `i64.lt_s`.
pub(super) const I64_LT_S: u8 = 0x53;
/// `i64.ge_s`.
pub(super) const I64_GE_S: u8 = 0x59;
/// `i32.add`.
pub(super) const I32_ADD: u8 = 0x6a;
/// `i32.sub`.
pub(super) const I32_SUB: u8 = 0x6b;
/// `i64.sub`.
pub(super) const I64_SUB: u8 = 0x7d;

/// The type of a block that takes and yields nothing.
pub(super) const EMPTY_BLOCK: u8 = 0x40;
