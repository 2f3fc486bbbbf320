//! The parser's feature flags, every one set by hand.
//!
//! The struct literal below names every flag and has no `..`, so that a flag which the parser
//! gains does not compile until somebody decides on it. The flags alone do not make the policy:
//! bulk memory, reference types and mutable globals are accepted in part, and `scan` refuses the
//! other part by name.

use wasmparser::{WasmFeatures, WasmFeaturesInflated};

/// The features of an uploaded module.
pub(crate) fn accepted_features() -> WasmFeatures {
    WasmFeatures::from_inflated(WasmFeaturesInflated {
        // Accepted.
        mutable_global: true,
        sign_extension: true,
        multi_value: true,
        bulk_memory: true,
        // Needed for the overlong table index of `call_indirect`; the rest is refused by name.
        reference_types: true,

        // Refused. The float flag covers types and operators alike.
        floats: false,
        saturating_float_to_int: false,
        simd: false,
        relaxed_simd: false,
        threads: false,
        shared_everything_threads: false,
        tail_call: false,
        multi_memory: false,
        exceptions: false,
        legacy_exceptions: false,
        memory64: false,
        extended_const: false,
        function_references: false,
        memory_control: false,
        gc: false,
        gc_types: false,
        custom_page_sizes: false,
        stack_switching: false,
        wide_arithmetic: false,

        // The component model is another format.
        component_model: false,
        cm_values: false,
        cm_nested_names: false,
        cm_async: false,
        cm_async_stackful: false,
        cm_async_builtins: false,
    })
}
