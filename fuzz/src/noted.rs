//! What is being judged, in a small file: a native stack that overflows, code that writes where it
//! must not and a process that the system ends leave no finding, and say neither oracle nor seed. The
//! file does. What never comes to an end is reported by a second thread.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write as _};
use std::path::PathBuf;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
use std::time::Instant;

use clap::Args;

/// How often the second thread looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Where a program notes what it judges, and for how long one input may take.
#[derive(Clone, Debug, Default, Args)]
pub struct Noting {
    /// The file that names the oracle and the seed that are being judged, for when the program does not
    /// come to its end; one in the folder for temporary files unless stated.
    #[arg(long, value_name = "FILE")]
    pub note: Option<PathBuf>,
    /// One input that takes more seconds ends the program with exit code 5; 0 for none.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub hang: u64,
}

/// What is being judged, and since when.
#[expect(
    clippy::disallowed_types,
    reason = "a fuzzing program stops by the clock"
)]
type InHand = Option<(&'static str, u64, Instant)>;

/// The open file, and what the second thread looks at.
#[derive(Debug)]
pub struct Noted {
    path: PathBuf,
    file: File,
    in_hand: Arc<Mutex<InHand>>,
}

impl Noting {
    /// Opens the file, says where it is on stderr, and starts to watch.
    ///
    /// # Errors
    /// The file cannot be written, or there is no thread.
    pub fn begin(&self) -> io::Result<Noted> {
        let report = |said: &str| {
            println!("{said}");
            process::exit(5);
        };
        let noted = self.noted()?;
        eprintln!("what is judged is noted in {}", noted.path.display());
        if self.hang > 0 {
            noted.watch(Duration::from_secs(self.hang), report)?;
        }
        Ok(noted)
    }

    /// The open file, which nobody watches.
    pub(crate) fn noted(&self) -> io::Result<Noted> {
        let name = || format!("lockstep-judged-{}", process::id());
        let default = || std::env::temp_dir().join(name());
        let path = self.note.clone().unwrap_or_else(default);
        let file = File::create(&path);
        let file = file.map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        Ok(Noted {
            path,
            file,
            in_hand: Arc::default(),
        })
    }
}

fn lock(in_hand: &Mutex<InHand>) -> MutexGuard<'_, InHand> {
    in_hand.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Noted {
    /// Says that this is judged from now on. The line in the file always has the same length and is
    /// written over the one before.
    ///
    /// # Errors
    /// The file cannot be written.
    #[expect(
        clippy::disallowed_types,
        reason = "a fuzzing program stops by the clock"
    )]
    pub fn judging(&mut self, oracle: &'static str, seed: u64) -> io::Result<()> {
        *lock(&self.in_hand) = Some((oracle, seed, Instant::now()));
        self.file.seek(SeekFrom::Start(0))?;
        self.file
            .write_all(format!("{oracle:>20} {seed:>20}\n").as_bytes())
    }

    /// Says that the search is over. The file is of no use any more.
    pub fn end(self) {
        *lock(&self.in_hand) = None;
        // Whoever took it away meanwhile wanted it away.
        let _ = std::fs::remove_file(&self.path);
    }

    /// Starts the thread that gives `report` what is judged for more than `longest`, once.
    fn watch(
        &self,
        longest: Duration,
        report: impl FnOnce(&str) + Send + 'static,
    ) -> io::Result<()> {
        let watched = Arc::downgrade(&self.in_hand);
        let look = move || {
            while let Some(in_hand) = watched.upgrade() {
                let over = lock(&in_hand).filter(|(_, _, since)| since.elapsed() > longest);
                if let Some((oracle, seed, since)) = over {
                    let seconds = since.elapsed().as_secs();
                    report(&format!(
                        "{oracle}: seed {seed}: no end after {seconds} seconds"
                    ));
                    return;
                }
                drop(in_hand);
                thread::sleep(LOOK_EVERY);
            }
        };
        let watcher = thread::Builder::new().name("watch".to_string());
        watcher.spawn(look).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::Noting;

    #[test]
    fn the_file_says_what_is_judged_until_the_end() {
        let folder = std::env::temp_dir();
        let path = folder.join(format!("lockstep-noted-{}", std::process::id()));
        let noting = Noting {
            note: Some(path.clone()),
            hang: 0,
        };
        let mut noted = noting.noted().expect("a file");
        for (oracle, seed) in [("prepared-twice", u64::MAX), ("abi", 3)] {
            noted.judging(oracle, seed).expect("it is written");
            let said = std::fs::read_to_string(&path).expect("the file is there");
            let said: Vec<&str> = said.split_whitespace().collect();
            assert_eq!(said, [oracle, &seed.to_string()]);
        }
        noted.end();
        assert!(!path.exists());
    }

    #[test]
    fn what_does_not_end_is_reported_with_oracle_and_seed() {
        let path = std::env::temp_dir().join(format!("lockstep-hang-{}", std::process::id()));
        let noting = Noting {
            note: Some(path),
            hang: 0,
        };
        let mut noted = noting.noted().expect("a file");
        let (said, heard) = mpsc::channel();
        let report = move |text: &str| said.send(text.to_string()).expect("somebody listens");
        noted.watch(Duration::ZERO, report).expect("a thread");
        noted.judging("module", 71).expect("it is written");
        let text = heard.recv_timeout(Duration::from_secs(60)).expect("a line");
        assert!(text.starts_with("module: seed 71: no end after"), "{text}");
        noted.end();
    }
}
