//! Names in a contract that the macros could take for their own.

use lockstep_sdk::prelude::*;
use lockstep_sdk::testing::{self, Context};

const LENGTH: usize = 3;

/// Stores an array.
#[derive(Storage)]
pub struct Named {
    value: Item<[u8; LENGTH]>,
}

/// Has the names that the written code could use.
#[contract]
impl Named {
    /// Stores it.
    pub fn set(&mut self, value: [u8; LENGTH]) {
        self.value.set(&value);
    }

    /// It is not all zeros.
    #[invariant]
    pub fn holds(&self) -> bool {
        self.value.get() != Some([0; LENGTH])
    }

    #[cfg(test)]
    fn conditional(&self) -> bool {
        self.holds()
    }
}

#[test]
fn a_constant_of_the_contract_keeps_its_meaning() {
    testing::reset(Context::default());
    let mut named = Named::stored();
    named.set([1, 2, 3]);
    assert!(named.conditional());
    let [set, _] = <Named as lockstep_sdk::Contract>::ABI.methods else {
        panic!("two methods")
    };
    assert!(matches!(
        set.params[0].ty,
        lockstep_sdk::shape::Shape::Array(_, 3)
    ));
}
