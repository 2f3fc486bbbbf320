//! Every bound of a protocol version, in one flat struct.
//!
//! The first half bounds the module and is checked here, before the work it bounds is done. The
//! second half bounds a run; the machine (`vm`) enforces it. A limit that a running contract can
//! observe never changes, and one for uploads only goes up from one protocol version to the next;
//! `docs/gas.md` says which is which. To add a limit, add a field, its value in [`Limits::v1`], and
//! the check that reads it.

use blake2::{Blake2b256, Digest};
use lockstep_abi::Hash;
use parity_scale_codec::Encode;
use serde::{Deserialize, Serialize};

/// The domain that precedes the SCALE encoding of limits in their hash.
const HASH_DOMAIN: &[u8] = b"lockstep/limits/1";

/// Every bound, with its unit in its name. All are inclusive: the value itself is still allowed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of an uploaded module.
    pub module_bytes_max: u32,
    /// Bytes of a module after instrumentation.
    pub prepared_bytes_max: u32,
    /// Entries of the type section.
    pub types_max: u32,
    /// Parameters of one function type.
    pub params_max: u32,
    /// Results of one function type.
    pub results_max: u32,
    /// Parameters of a block, a loop or an `if`.
    pub block_params_max: u32,
    /// Results of a block, a loop or an `if`, and values that a `br_table` takes along.
    pub block_results_max: u32,
    /// Imports.
    pub imports_max: u32,
    /// Functions that the module defines (imports apart).
    pub functions_max: u32,
    /// Functions that a module may define beyond one for each 16 bytes of its code section. A
    /// function takes as little as three bytes there, and each is work for whoever loads the code.
    pub short_functions_max: u32,
    /// Bytes of one function body, its local declarations included.
    pub body_bytes_max: u32,
    /// Parameters and declared locals of one function together.
    pub locals_max: u32,
    /// By how many the declared locals of a function may outnumber the bytes of its body. A group
    /// of any number of locals is declared in two or three bytes, and each is work for whoever
    /// compiles the function, so that without this bound loading could not be priced by length.
    pub locals_beyond_body_max: u32,
    /// Values on the operand stack of one function, as validation tracks them.
    pub operand_height_max: u32,
    /// Blocks, loops and ifs open at once in one function.
    pub nesting_max: u32,
    /// Targets of one `br_table`, the default apart.
    pub branch_table_targets_max: u32,
    /// Globals.
    pub globals_max: u32,
    /// Exports.
    pub exports_max: u32,
    /// Data segments.
    pub data_segments_max: u32,
    /// Element segments.
    pub element_segments_max: u32,
    /// Elements of the table, and items of one element segment.
    pub table_elements_max: u32,
    /// Pages of 64 KiB a memory may start with or grow to; at most 65,536 makes sense.
    pub memory_pages_max: u32,
    /// Bytes of one import or export name.
    pub name_bytes_max: u32,
    /// Custom sections.
    pub custom_sections_max: u32,
    /// Violations that one refusal lists; it counts the rest.
    pub violations_reported_max: u32,

    /// Slots of the metered stack that a transaction starts with; see `docs/gas.md`.
    pub stack_slots_max: u32,
    /// Slots that a call from contract to contract takes from the same stack.
    pub stack_slots_per_host_call: u32,
    /// Bytes of a storage key.
    pub storage_key_bytes_max: u32,
    /// Bytes of a storage value, lasting or transient.
    pub storage_value_bytes_max: u32,
    /// Bytes of a call's input.
    pub input_bytes_max: u32,
    /// Bytes that a frame may return, revert or panic with.
    pub output_bytes_max: u32,
    /// Topics of one event.
    pub event_topics_max: u32,
    /// Bytes of data of one event.
    pub event_data_bytes_max: u32,
    /// Events of one transaction.
    pub events_per_transaction_max: u32,
    /// Bytes of a method's name.
    pub method_name_bytes_max: u32,
    /// Bytes of one debug message.
    pub debug_log_bytes_max: u32,
    /// Bytes of one signed transaction, SCALE encoded.
    pub transaction_bytes_max: u32,
    /// Gas that a transaction may ask for. A transaction can make a node hold about a byte for each
    /// gas until it ends, and a few where it replaces long values that are stored, so this also bounds
    /// the memory that a node needs (`docs/gas.md`).
    pub gas_limit_max: u64,
}

impl Limits {
    /// The limits of protocol version 1.
    #[must_use]
    pub const fn v1() -> Limits {
        Limits {
            module_bytes_max: 1_048_576,
            prepared_bytes_max: 8_388_608,
            types_max: 2_000,
            params_max: 32,
            results_max: 16,
            // wasmi 2.0.0 reads slots that nothing was written to in some code beyond either, and
            // compilers write none: `fuzz/corpus/wasmi-block-parameters.wat`,
            // `wasmi-br-table-results.wat`.
            block_params_max: 0,
            block_results_max: 1,
            imports_max: 64,
            functions_max: 10_000,
            short_functions_max: 512,
            body_bytes_max: 262_144,
            locals_max: 4_096,
            locals_beyond_body_max: 64,
            operand_height_max: 4_096,
            nesting_max: 1_024,
            branch_table_targets_max: 8_192,
            globals_max: 512,
            exports_max: 2_048,
            data_segments_max: 2_048,
            element_segments_max: 512,
            table_elements_max: 16_384,
            memory_pages_max: 128,
            name_bytes_max: 256,
            custom_sections_max: 64,
            violations_reported_max: 100,

            stack_slots_max: 65_536,
            stack_slots_per_host_call: 2_048,
            storage_key_bytes_max: 256,
            storage_value_bytes_max: 65_536,
            input_bytes_max: 131_072,
            output_bytes_max: 131_072,
            event_topics_max: 4,
            event_data_bytes_max: 16_384,
            events_per_transaction_max: 1_024,
            method_name_bytes_max: 128,
            debug_log_bytes_max: 4_096,
            transaction_bytes_max: 1_200_000,
            gas_limit_max: 4_000_000_000,
        }
    }

    /// blake2b-256 over the text `lockstep/limits/1` and the SCALE encoding of this struct (fields
    /// in the order of their declaration).
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut hasher = Blake2b256::new();
        hasher.update(HASH_DOMAIN);
        hasher.update(self.encode());
        Hash(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    /// No limit of a version ever changes. The limits of another version get a function of their
    /// own; what may differ there is written in `docs/gas.md`.
    #[test]
    fn the_limits_of_version_1_are_what_they_were() {
        let hash = "1e59623b8ac8d3ad5985cfaf150dd8400a59ef3c0c314cc0f91fbbd4d9ccd47d";
        assert_eq!(Limits::v1().hash().to_string(), hash);
    }
}
