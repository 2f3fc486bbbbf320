//! Prints what the first generated chains come to in this build, as the committed file has it
//! (`fuzz/golden/chains.txt`), or writes each as a bundle for another build to execute.
//!
//! Ends with exit code 7 when a line is not what the file says.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use lockstep_fuzz::golden::{golden_chains, golden_file, golden_text};

/// Prints what the first generated chains come to, and compares it with the committed file.
#[derive(Parser)]
struct Arguments {
    /// Write each chain with its receipts and roots as a bundle into this folder instead.
    #[arg(long)]
    bundles: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().bundles {
        Some(folder) => write_bundles(&folder).map(|()| true),
        None => compare(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(7),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// Whether this build comes to what the file says.
fn compare() -> Result<bool, String> {
    let committed = std::fs::read_to_string(golden_file()).map_err(|error| error.to_string())?;
    let text = golden_text()?;
    print!("{text}");
    let differ = committed
        .lines()
        .zip(text.lines())
        .find(|(was, is)| was != is);
    if let Some((was, _)) = differ {
        eprintln!("error: the file has {was}");
    }
    Ok(committed == text)
}

fn write_bundles(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    for chain in golden_chains() {
        let file = folder.join(format!("chain-{:02}.bundle", chain.seed()));
        std::fs::write(file, chain.bundle()?).map_err(|error| error.to_string())?;
    }
    Ok(())
}
