//! Every setting of Wasmer, decided by hand.
//!
//! The proposals are those of the policy. Reference types are on for the encoding that compilers
//! write for `call_indirect`. Floats cannot occur, because only prepared modules come here, so it
//! does not matter what is done with a NaN.

use wasmer::sys::{EngineBuilder, Features, Singlepass};

/// An engine with every setting decided.
pub(crate) fn configuration() -> wasmer::Engine {
    let compiler = Singlepass::new();
    let features = Features {
        threads: false,
        reference_types: true,
        simd: false,
        bulk_memory: true,
        multi_value: true,
        tail_call: false,
        module_linking: false,
        multi_memory: false,
        memory64: false,
        exceptions: false,
        relaxed_simd: false,
        extended_const: false,
    };
    EngineBuilder::new(compiler)
        .set_features(Some(features))
        .engine()
        .into()
}
