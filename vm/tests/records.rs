//! The bytes of receipts and accounts, written out field by field.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_state_trie::Digest;
use lockstep_vm::{
    Account, BlockEnvironment, BlockRecord, ContractRecord, Event, GasUsed, Receipt, Status,
};
use parity_scale_codec::Encode;

fn receipt() -> Receipt {
    Receipt {
        status: Status::Reverted,
        gas_used: GasUsed {
            intrinsic: 1,
            wasm: 2,
            host: 3,
            storage: 4,
            forfeited: 5,
        },
        output: vec![0xab, 0xcd],
        events: vec![Event {
            contract: AccountId([0xee; 32]),
            topics: vec![[0x11; 32]],
            data: vec![0x22],
        }],
        deposit_charged: 6,
        deposit_refunded: 7,
        fee: 8,
    }
}

#[test]
fn receipts() {
    let expected = [
        "0100",             // status
        "0100000000000000", // intrinsic
        "0200000000000000", // wasm
        "0300000000000000", // host
        "0400000000000000", // storage
        "0500000000000000", // forfeited
        "08abcd",           // output
        "04",               // one event
        &"ee".repeat(32),
        "04",
        &"11".repeat(32),
        "0422",
        "06000000000000000000000000000000", // deposit charged
        "07000000000000000000000000000000", // deposit refunded
        "08000000000000000000000000000000", // fee
    ];
    let bytes = receipt().to_bytes();
    assert_eq!(hex::encode(&bytes), expected.concat());
    assert_eq!(Receipt::from_bytes(&bytes).unwrap(), receipt());

    let mut unknown = bytes.clone();
    unknown[0] = 12;
    assert!(Receipt::from_bytes(&unknown).is_err());
    let mut longer = bytes;
    longer.push(0);
    assert!(Receipt::from_bytes(&longer).is_err());
}

#[test]
fn accounts() {
    let mut account = Account {
        nonce: 1,
        balance: 2,
        contract: None,
    };
    let head = "010000000000000002000000000000000000000000000000";
    assert_eq!(hex::encode(account.encode()), format!("{head}00"));
    account.contract = Some(ContractRecord {
        code: CodeHash([0xcc; 32]),
        admin: AccountId([0xdd; 32]),
        storage_items: 3,
        storage_bytes: 4,
        deposit: 5,
    });
    let record = [
        &"cc".repeat(32),
        &"dd".repeat(32),
        "0300000000000000",
        "0400000000000000",
        "05000000000000000000000000000000",
    ];
    assert_eq!(
        hex::encode(account.encode()),
        format!("{head}01{}", record.concat())
    );
}

#[test]
fn blocks() {
    let record = BlockRecord {
        environment: BlockEnvironment {
            chain_id: 1,
            height: 2,
            timestamp_ms: 3,
            fee_collector: AccountId([0xfe; 32]),
            gas_limit: 4,
        },
        receipts: vec![receipt()],
        receipts_root: Digest([0xaa; 32]),
    };
    let expected = [
        "01",               // version
        "0100000000000000", // chain id
        "0200000000000000", // height
        "0300000000000000", // timestamp
        &"fe".repeat(32),   // fee collector
        "0400000000000000", // gas limit
        "04",               // one receipt
        &hex::encode(receipt().to_bytes()),
        &"aa".repeat(32),
    ];
    let bytes = record.to_bytes();
    assert_eq!(hex::encode(&bytes), expected.concat());
    assert_eq!(BlockRecord::from_bytes(&bytes).unwrap(), record);

    let mut other = bytes.clone();
    other[0] = 2;
    assert!(BlockRecord::from_bytes(&other).is_err());
    let mut longer = bytes;
    longer.push(0);
    assert!(BlockRecord::from_bytes(&longer).is_err());
}
