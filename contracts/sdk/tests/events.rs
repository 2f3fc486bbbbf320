//! Events as they reach the machine.

use lockstep_sdk::codec::Encode;
use lockstep_sdk::prelude::*;
use lockstep_sdk::testing;

/// Something was said.
#[derive(Event)]
struct Said {
    #[topic]
    number: u32,
    words: String,
}

/// Data is encoded on the stack as long as it finds room there, and arrives whole either way.
#[test]
fn the_data_of_an_event_may_have_any_length() {
    testing::reset(testing::Context::default());
    let lengths = [0, 122, 123, 500];
    for length in lengths {
        let words = "w".repeat(length);
        Said { number: 7, words }.emit();
    }
    let emitted = testing::events();
    assert_eq!(emitted.len(), lengths.len());
    for (event, length) in emitted.iter().zip(lengths) {
        assert_eq!(event.data, (7_u32, "w".repeat(length)).encode(), "{length}");
        assert_eq!(event.topics[1][..5], [7, 0, 0, 0, 0], "{length}");
    }
}
