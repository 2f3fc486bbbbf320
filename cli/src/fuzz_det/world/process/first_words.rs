//! What another build of the program says of itself before it is a world.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::child::ask;

/// How long it may take: it has nothing to do.
const TIME_MAX: Duration = Duration::from_secs(10);

/// How many bytes it may have.
const BYTES_MAX: u64 = 1 << 16;

/// What a program says when it is started with these arguments.
///
/// # Errors
/// When it does not start, says nothing in time or too much.
pub(crate) fn first_words(program: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    said(program, arguments, TIME_MAX)
}

fn said(program: &Path, arguments: &[&str], time_max: Duration) -> Result<Vec<u8>, String> {
    let mut command = Command::new(program);
    command.args(arguments);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // It is killed with whatever it has started.
        command.process_group(0);
    }
    let ending = ask(command, b"", (time_max, BYTES_MAX)).map_err(|failure| {
        let problems = failure.problems.into_iter();
        problems.map(|problem| problem.message).collect::<String>()
    })?;
    let (program, arguments) = (program.display(), arguments.join(" "));
    match ending.status {
        Some(_) => Ok(ending.stdout),
        None if ending.is_too_long => Err(format!(
            "{program} {arguments} wrote more than {BYTES_MAX} bytes and was killed"
        )),
        None => Err(format!(
            "{program} {arguments} gave no answer within {} s and was killed",
            time_max.as_secs_f32()
        )),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::said;

    #[test]
    fn a_program_that_does_not_answer_is_not_waited_for() {
        let said = |script: &str, time_max| {
            let time_max = Duration::from_millis(time_max);
            said(Path::new("/bin/sh"), &["-c", script], time_max)
        };
        assert_eq!(said("echo words", 100_000), Ok(b"words\n".to_vec()));
        let refused = |script, time_max| said(script, time_max).expect_err("it is no answer");
        assert_eq!(
            refused("sleep 1000", 500),
            "/bin/sh -c sleep 1000 gave no answer within 0.5 s and was killed"
        );
        assert_eq!(
            refused("exec yes", 100_000),
            "/bin/sh -c exec yes wrote more than 65536 bytes and was killed"
        );
    }
}
