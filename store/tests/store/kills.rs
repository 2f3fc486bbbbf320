//! Processes that are killed while they commit, on the real file system.
//!
//! The test starts its own binary again with [`committing_until_killed`], which commits to a
//! directory for ever and says so after each commit. In front of every second one comes a batch that has to
//! lead to another root than it does, of which nothing may be found. `LOCKSTEP_KILLS` says how many are killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use lockstep_state_trie::{EMPTY_ROOT, Trie};
use lockstep_store::{Settings, Store};

use crate::entries::{Batch, Contents, Numbers, assert_holds, batch, change, scratch};
use crate::workload::FORGED;

/// How many processes are killed unless `LOCKSTEP_KILLS` says otherwise.
const KILLS: u64 = 40;
/// Names the directory for the child.
const DIRECTORY_VARIABLE: &str = "LOCKSTEP_KILLS_DIRECTORY";

fn settings() -> Settings {
    Settings {
        kept_versions: 5,
        segment_bytes: 32 << 10,
        dead_percent_max: 50,
        ..Settings::default()
    }
}

/// What the commit with a number changes: the same in the child and here.
fn changes(number: u64) -> Batch {
    let mut numbers = Numbers(number.wrapping_mul(0x1234_5677));
    let changes = 1 + numbers.below(60);
    batch(&mut numbers, changes, 300)
}

/// Does nothing unless it is started by the test below.
#[test]
fn committing_until_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE) else {
        return;
    };
    let (store, _) = Store::open(Path::new(&directory), settings()).expect("it opens");
    let (mut number, root) = (store.last().number, store.last().root);
    let mut trie = if root == EMPTY_ROOT {
        Trie::new(store)
    } else {
        Trie::open(store, root).expect("the last root is kept")
    };
    loop {
        number += 1;
        let record = number.to_le_bytes().to_vec();
        if number % 2 == 0 {
            let made = trie.update_to(changes(!number), record.clone(), FORGED);
            let made = made.expect("the store goes on");
            made.expect_err("nothing leads to this root");
        }
        trie.update_with_record(changes(number), record)
            .expect("a commit");
        println!("\nacknowledged {number}");
        std::io::stdout().flush().expect("the parent listens");
    }
}

#[test]
fn killed_processes_lose_nothing_they_acknowledged() {
    let directory = scratch("kills");
    drop(Store::create(&directory, settings()).expect("a store"));
    let kills = std::env::var_os("LOCKSTEP_KILLS")
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(KILLS);
    let mut numbers = Numbers(17);
    let mut contents = Contents::new();
    let (mut done, mut unacknowledged, mut torn, mut made_again) = (0, 0, 0, 0);
    for _ in 0..kills {
        let acknowledged = run_and_kill(&directory, &mut numbers).unwrap_or(done);
        let (store, opening) = Store::open(&directory, settings()).expect("it opens");
        let last = store.last();
        assert!(
            last.number == acknowledged || last.number == acknowledged + 1,
            "{acknowledged} was acknowledged, and {} is there",
            last.number
        );
        unacknowledged += last.number - acknowledged;
        torn += u64::from(opening.torn_tail.is_some());
        made_again += u64::from(opening.made_again);
        for number in done + 1..=last.number {
            change(&mut contents, &changes(number));
        }
        done = last.number;
        assert_holds(&store, last.root, &contents);
        assert_eq!(last.entries, contents.len() as u64);
        if done > 0 {
            assert_eq!(store.record(done).expect("a record"), done.to_le_bytes());
        }
    }
    println!(
        "{kills} kills, {done} commits, {unacknowledged} beyond the last acknowledged, {torn} torn, \
         {made_again} made again"
    );
    assert!(done > kills, "{done} commits in {kills} runs");
}

/// Starts a process that commits, kills it, and returns the last commit that it acknowledged.
fn run_and_kill(directory: &Path, numbers: &mut Numbers) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", "kills::committing_until_killed", "--nocapture"])
        .env(DIRECTORY_VARIABLE, directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let wanted = 1 + numbers.below(8);
    let (mut said, mut line) = (Vec::new(), String::new());
    let number = |line: &str| {
        line.trim()
            .strip_prefix("acknowledged ")?
            .parse::<u64>()
            .ok()
    };
    while (said.len() as u64) < wanted {
        line.clear();
        assert!(
            output.read_line(&mut line).expect("output") > 0,
            "it ended by itself"
        );
        said.extend(number(&line));
    }
    std::thread::sleep(Duration::from_micros(numbers.below(12_000)));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("output");
    // The last line may be cut off; then its number would be wrong.
    let whole = rest.rsplit_once('\n').map_or("", |(whole, _)| whole);
    said.extend(whole.lines().filter_map(number));
    said.last().copied()
}
