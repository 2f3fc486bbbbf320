use super::{INVALID, STATUS_EXPLANATIONS, invalid_name, status_from_name, status_name};
use lockstep_vm::{InvalidTransaction, Status};

#[test]
fn every_status_is_found_by_its_name() {
    assert_eq!(status_name(Status::OutOfGas), "out_of_gas");
    for status in Status::ALL.iter().copied() {
        assert_eq!(status_from_name(&status_name(status)), Some(status));
    }
    assert_eq!(status_from_name("outofgas"), None);
    let explained: Vec<Status> = STATUS_EXPLANATIONS
        .iter()
        .map(|(status, _)| *status)
        .collect();
    assert_eq!(explained, Status::ALL);
    let document = include_str!("../../../docs/scenarios.md");
    let listed: Vec<String> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .map(|line| line.split(" | ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let expected: Vec<String> = Status::ALL
        .iter()
        .map(|status| format!("{} `{}`", status.code(), status_name(*status)))
        .collect();
    assert_eq!(listed, expected, "the tables of docs/scenarios.md");
}

#[test]
fn reasons_have_the_machine_s_numbers() {
    let nonce = InvalidTransaction::WrongNonce {
        expected: 1,
        actual: 2,
    };
    assert_eq!(invalid_name(&nonce), "bad_nonce");
    assert_eq!(
        invalid_name(&InvalidTransaction::BadSignature),
        "bad_signature"
    );
    assert_eq!(
        invalid_name(&InvalidTransaction::ReservedMethod),
        "reserved_method"
    );
    let numbers: Vec<u16> = INVALID.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=13).collect::<Vec<u16>>());
}
