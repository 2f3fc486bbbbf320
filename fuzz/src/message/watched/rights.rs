//! Who may use and change what: nobody but the contract of the frame that runs, or, while none does,
//! the sender of the message.
//!
//! Of accounts, the frame that runs may spend its own balance, give its contract other code, end it
//! when it keeps nothing, and make new contracts. Balances move in transfers only. Below a call that is
//! read-only nothing changes at all.

use lockstep_abi::{AccountId, CodeHash};
use lockstep_vm::{Account, ContractRecord, contract_id};

use super::{SENDER, Watched, uploaded};

impl Watched<'_> {
    /// Who acts now.
    fn acting(&self) -> AccountId {
        self.asked.running().map_or(SENDER, |frame| frame.contract)
    }

    /// Whose storage or balance is used, or who emits an event, has to be whose frame runs.
    pub(super) fn must_act(&mut self, id: &AccountId) {
        let acting = self.acting();
        if acting != *id {
            let what = format!("{acting} runs, and {id} is used");
            self.find("capability", what);
        }
    }

    /// Something changes, which it may not while a frame is read-only.
    pub(super) fn must_write(&mut self, what: &str) {
        self.asked.change();
        if self.asked.is_read_only() {
            let acting = self.acting();
            self.find("read-only", format!("{acting} runs, and changes {what}"));
        }
    }

    /// An account may become what it is set to.
    pub(super) fn may_become(&mut self, id: &AccountId, after: &Account) {
        let before = self.asked.model().account(id);
        let acting = self.acting();
        let same_rest = (before.balance, before.nonce) == (after.balance, after.nonce);
        let allowed = match (&before.contract, &after.contract) {
            (None, None) => false,
            (None, Some(record)) => {
                is_made_by(&acting, id, record) && uploaded(&record.code).is_some()
            }
            (Some(old), Some(record)) => {
                let code = record.code;
                let only_code = ContractRecord {
                    code,
                    ..old.clone()
                };
                *id == acting && only_code == *record && uploaded(&code).is_some()
            }
            (Some(old), None) => *id == acting && old.storage_items == 0,
        };
        if !(same_rest && allowed) {
            let what = format!("{acting} runs, and makes {before:?} of {id} into {after:?}");
            self.find("capability", what);
        }
    }

    /// The frames that an observer was told of are those that began, with the code that they run.
    pub(super) fn check_begun(&mut self) {
        let told = self.frames.take_begun();
        let begun = self.asked.take_begun();
        if told != begun {
            let what = format!("an observer is told that {told:?} begin, not {begun:?}");
            self.find("capability", what);
        }
    }

    /// Code that is about to run is there.
    pub(super) fn must_be_uploaded(&mut self, hash: &CodeHash) {
        if uploaded(hash).is_none() {
            self.find("capability", format!("nobody uploaded the code {hash}"));
        }
    }
}

/// Whether it is a contract that an account makes, with nothing in it. The salts of programs are one
/// byte, repeated.
fn is_made_by(creator: &AccountId, id: &AccountId, record: &ContractRecord) -> bool {
    let salted = |salt: u8| contract_id(creator, &record.code, &[salt; 32]) == *id;
    *record == ContractRecord::new(record.code, *creator) && (0..=u8::MAX).any(salted)
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{AccountId, HostFunction};
    use lockstep_state_trie::{MemoryStore, Trie};
    use lockstep_vm::{Account, ContractRecord, Event, Journal, State, contract_id};

    use super::super::super::asked::{Asked, AskedFrames, Sent};
    use super::super::super::frames::Frames;
    use super::super::super::{CONTRACTS, SENDER, populate};
    use super::Watched;
    use crate::script::Code;

    /// What is found when the second contract runs, called by the first, and does something.
    fn found(act: impl Fn(&mut Watched<'_>)) -> Option<String> {
        found_below(false, act)
    }

    /// The same, where the call may be read-only.
    fn found_below(read_only: bool, act: impl Fn(&mut Watched<'_>)) -> Option<String> {
        let mut trie = Trie::new(MemoryStore::new());
        populate(&mut trie, false).expect("memory");
        let mut journal = Journal::new(&mut trie);
        let (frames, asked) = (Frames::default(), AskedFrames::default());
        let shared = (frames.clone(), asked.clone());
        let mut watched = Watched::new(&mut journal, shared).expect("memory");
        for (contract, caller) in CONTRACTS.into_iter().zip([SENDER, CONTRACTS[0]]) {
            frames.begin(contract, Code::First.hash());
            asked.ask(Sent {
                function: HostFunction::Call,
                frame: Asked {
                    contract,
                    caller,
                    value: 0,
                    read_only: read_only && contract == CONTRACTS[1],
                    code: None,
                },
                input: Vec::new(),
                gas: 0,
                allows_reentry: false,
            });
            asked.begin(Some(Code::First.hash()));
        }
        act(&mut watched);
        watched.finish().err()
    }

    fn is_found(act: impl Fn(&mut Watched<'_>)) -> bool {
        found(act).is_some_and(|finding| finding.starts_with("capability"))
    }

    fn changed(watched: &mut Watched<'_>, id: AccountId, change: fn(&mut Account)) {
        let mut account = watched.account(&id).expect("memory");
        change(&mut account);
        watched.set_account(&id, account).expect("memory");
    }

    fn with_other_code(account: &mut Account) {
        if let Some(record) = &mut account.contract {
            record.code = Code::Second.hash();
        }
    }

    #[test]
    fn whoever_uses_what_is_not_his_is_found() {
        for (contract, is_right) in [(CONTRACTS[1], true), (CONTRACTS[0], false)] {
            let storage = |watched: &mut Watched<'_>| {
                watched.storage_get(&contract, b"key").expect("memory");
            };
            assert_eq!(is_found(storage), !is_right, "{contract}");
            let balance = |watched: &mut Watched<'_>| {
                watched.transfer(&contract, &SENDER, 1).expect("memory");
            };
            assert_eq!(is_found(balance), !is_right, "{contract}");
            let code = |watched: &mut Watched<'_>| changed(watched, contract, with_other_code);
            assert_eq!(is_found(code), !is_right, "{contract}");
            let end = |watched: &mut Watched<'_>| {
                changed(watched, contract, |account| account.contract = None);
            };
            assert_eq!(is_found(end), !is_right, "{contract}");
        }
    }

    #[test]
    fn whatever_changes_below_a_read_only_call_is_found() {
        let mine = CONTRACTS[1];
        let changes: [&dyn Fn(&mut Watched<'_>); 7] = [
            &|watched| {
                watched.storage_set(&mine, b"key", vec![1]).expect("memory");
            },
            &|watched| {
                watched.storage_remove(&mine, b"key").expect("memory");
            },
            &|watched| watched.transient_set(&mine, b"key", vec![1]),
            &|watched| {
                watched.transient_remove(&mine, b"key");
            },
            &|watched| {
                watched.transfer(&mine, &SENDER, 1).expect("memory");
            },
            &|watched| changed(watched, mine, with_other_code),
            &|watched| {
                watched.push_event(Event {
                    contract: mine,
                    topics: Vec::new(),
                    data: Vec::new(),
                });
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let found = |read_only| found_below(read_only, change);
            assert_eq!(found(false), None, "{number}");
            let finding = found(true).unwrap_or_default();
            assert!(finding.starts_with("read-only: "), "{number}: {finding}");
        }
        let reads = |watched: &mut Watched<'_>| {
            watched.storage_get(&mine, b"key").expect("memory");
            watched.account(&SENDER).expect("memory");
        };
        assert_eq!(found_below(true, reads), None);
    }

    #[test]
    fn accounts_change_in_no_other_way() {
        assert!(is_found(|watched| {
            changed(watched, CONTRACTS[1], |account| account.balance += 1);
        }));
        assert!(is_found(|watched| {
            changed(watched, CONTRACTS[1], |account| account.nonce += 1);
        }));
        assert!(is_found(|watched| {
            let code = b"\0asm".to_vec();
            watched
                .put_code(&Code::Unknown.hash(), code)
                .expect("memory");
        }));
        assert!(is_found(|watched| {
            watched.require_code(&Code::Unknown.hash()).unwrap_or(());
        }));
    }

    #[test]
    fn a_contract_is_made_where_its_maker_makes_it() {
        let code = Code::First.hash();
        for (creator, is_right) in [(CONTRACTS[1], true), (CONTRACTS[0], false)] {
            let make = |watched: &mut Watched<'_>| {
                let account = Account {
                    contract: Some(ContractRecord::new(code, creator)),
                    ..Account::default()
                };
                let id = contract_id(&creator, &code, &[2; 32]);
                watched.set_account(&id, account).expect("memory");
            };
            assert_eq!(is_found(make), !is_right, "{creator}");
        }
    }
}
