//! Writes the seeds of libFuzzer into `fuzz/libfuzzer/seeds`, a folder for each decoder. A test holds
//! that what is committed is what this writes.

use std::process::ExitCode;

use lockstep_fuzz::corpus::{seed_files, seed_folder};

fn main() -> ExitCode {
    let folder = seed_folder();
    let write = || -> std::io::Result<usize> {
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let files = seed_files();
        for (path, bytes) in &files {
            let file = folder.join(path);
            std::fs::create_dir_all(file.parent().unwrap_or(&folder))?;
            std::fs::write(&file, bytes)?;
        }
        Ok(files.len())
    };
    match write() {
        Ok(count) => {
            println!("{count} files in {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {}: {error}", folder.display());
            ExitCode::from(2)
        }
    }
}
