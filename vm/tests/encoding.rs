//! The bytes of transactions and receipts, written out field by field, and what a decoder must
//! refuse.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Action, SignedTransaction, Signer, Transaction, TransactionError};
use parity_scale_codec::Encode;
use proptest::prelude::*;

const LIMIT: u32 = 1_000;

fn transaction(action: Action) -> Transaction {
    Transaction {
        chain_id: 7,
        sender: AccountId([0xaa; 32]),
        nonce: 2,
        gas_limit: 0x0102_0304,
        gas_price: 3,
        deposit_limit: 4,
        action,
    }
}

/// The encoding of `transaction` up to the action.
fn head() -> String {
    let fields = [
        "0700000000000000",                 // chain id
        &"aa".repeat(32),                   // sender
        "0200000000000000",                 // nonce
        "0403020100000000",                 // gas limit
        "03000000000000000000000000000000", // gas price
        "04000000000000000000000000000000", // deposit limit
    ];
    fields.concat()
}

fn assert_encodes(action: Action, fields: &[&str]) {
    let transaction = transaction(action);
    let expected = head() + &fields.concat();
    assert_eq!(hex::encode(transaction.encode()), expected);

    let signed = SignedTransaction {
        transaction,
        signature: [0x55; 64],
    };
    let bytes = signed.to_bytes();
    assert_eq!(hex::encode(&bytes), expected + &"55".repeat(64));
    assert_eq!(SignedTransaction::from_bytes(&bytes, LIMIT), Ok(signed));
}

#[test]
fn transfers() {
    let action = Action::Transfer {
        to: AccountId([0xbb; 32]),
        value: 0x0100,
    };
    let value = "00010000000000000000000000000000";
    assert_encodes(action, &["00", &"bb".repeat(32), value]);
}

#[test]
fn uploads() {
    let action = Action::Upload {
        code: vec![0, 0x61, 0x73, 0x6d],
    };
    assert_encodes(action, &["01", "10", "0061736d"]);
}

#[test]
fn instantiations() {
    let action = Action::Instantiate {
        code: CodeHash([0xcc; 32]),
        salt: [0xdd; 32],
        input: vec![9; 64],
        value: 1,
    };
    let value = "01000000000000000000000000000000";
    let input = "09".repeat(64);
    assert_encodes(
        action,
        &[
            "02",
            &"cc".repeat(32),
            &"dd".repeat(32),
            "0101",
            &input,
            value,
        ],
    );
}

#[test]
fn calls() {
    let action = Action::Call {
        contract: AccountId([0xbb; 32]),
        method: "run".to_owned(),
        input: vec![],
        value: 0,
    };
    let value = "00".repeat(16);
    assert_encodes(
        action,
        &["03", &"bb".repeat(32), "0c", "72756e", "00", &value],
    );
}

#[test]
fn upgrades() {
    let action = Action::Upgrade {
        contract: AccountId([0xbb; 32]),
        code: CodeHash([0xcc; 32]),
        input: vec![1],
    };
    assert_encodes(
        action,
        &["04", &"bb".repeat(32), &"cc".repeat(32), "04", "01"],
    );
}

#[test]
fn what_is_signed_and_the_id_do_not_change() {
    let signer = Signer::from_seed([1; 32]);
    let mut transaction = transaction(Action::Upload { code: vec![] });
    transaction.sender = signer.account();
    let text = hex::encode("lockstep/transaction/1");
    let signing = hex::encode(transaction.signing_bytes());
    assert_eq!(signing, text + &hex::encode(transaction.encode()));
    assert_eq!(
        transaction.id().to_string(),
        "4d1f632112a7e2d530f9e33f9f1cf873ad93dcb36356c4b081e54d3fc9a8bfb4",
    );
    let signature = signer.sign(transaction).signature;
    assert_eq!(
        hex::encode(signature),
        concat!(
            "ca40219bd4ad6390ec2eff4155811f27f429aad546e77a6cef9ce8aa7cd0ab28",
            "9be3b06ca16154c1400935b553109afcf3c2572f094e1413be867a0a4ccfe509",
        ),
    );
}

#[test]
fn size_is_checked_before_anything_is_decoded() {
    let bytes = vec![0xff; 1_001];
    assert_eq!(
        SignedTransaction::from_bytes(&bytes, LIMIT),
        Err(TransactionError::TooLong {
            limit: LIMIT,
            actual: 1_001
        })
    );
}

/// A valid encoding, and where its action's byte stands.
fn valid() -> (Vec<u8>, usize) {
    let signed = SignedTransaction {
        transaction: transaction(Action::Upload { code: vec![1, 2] }),
        signature: [0; 64],
    };
    (signed.to_bytes(), head().len() / 2)
}

#[test]
fn other_encodings_are_refused() {
    let refused = |bytes: &[u8]| {
        let result = SignedTransaction::from_bytes(bytes, LIMIT);
        assert!(
            matches!(result, Err(TransactionError::Malformed(_))),
            "{bytes:?}"
        );
    };
    let (good, action) = valid();
    assert!(SignedTransaction::from_bytes(&good, LIMIT).is_ok());

    refused(&[]);
    refused(&good[..good.len() - 1]);
    let mut longer = good.clone();
    longer.push(0);
    refused(&longer);
    let mut unknown = good.clone();
    unknown[action] = 5;
    refused(&unknown);
    // The length 2 in four bytes instead of one.
    let mut padded = good.clone();
    padded.splice(action + 1..action + 2, [0x0a, 0, 0, 0]);
    refused(&padded);
    // A length far beyond the input must fail before it is allocated.
    let mut huge = good;
    huge.splice(action + 1..action + 2, [0xfe, 0xff, 0xff, 0xff]);
    refused(&huge);
}

#[test]
fn a_method_that_is_not_utf_8_is_refused() {
    let call = Action::Call {
        contract: AccountId([0; 32]),
        method: "a".to_owned(),
        input: vec![],
        value: 0,
    };
    let signed = SignedTransaction {
        transaction: transaction(call),
        signature: [0; 64],
    };
    let mut bytes = signed.to_bytes();
    let method = head().len() / 2 + 1 + 32 + 1;
    assert_eq!(bytes[method], b'a');
    bytes[method] = 0xff;
    assert!(SignedTransaction::from_bytes(&bytes, LIMIT).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever decodes is the encoding of what it decodes to: nothing has two encodings.
    #[test]
    fn there_is_one_encoding(position in 0..300_usize, byte in any::<u8>(), cut in 0..300_usize) {
        let (mut bytes, _) = valid();
        let position = position % bytes.len();
        bytes[position] = byte;
        bytes.truncate(bytes.len() - cut % 3);
        if let Ok(signed) = SignedTransaction::from_bytes(&bytes, LIMIT) {
            prop_assert_eq!(signed.to_bytes(), bytes);
        }
    }

    #[test]
    fn random_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(signed) = SignedTransaction::from_bytes(&bytes, LIMIT) {
            prop_assert_eq!(signed.to_bytes(), bytes);
        }
    }
}
