//! Programs that start another one with something about its process changed: where they are
//! installed, and the machine lets them, there is a world of each.

use std::path::Path;
use std::process::Command;

/// A program that starts another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Launcher {
    /// The name of its world.
    pub(super) world: &'static str,
    /// What it changes.
    pub(super) about: &'static str,
    /// Its name, and what stands before the program that it starts.
    command: (&'static str, &'static [&'static str]),
}

const LAUNCHERS: [Launcher; 2] = [
    Launcher {
        world: "fixed-layout",
        about: "a process whose address space is not laid out at random",
        command: ("setarch", &["-R"]),
    },
    Launcher {
        world: "other-clock",
        about: "a process whose clock is in 2001 and runs fast",
        command: ("faketime", &["-f", "@2001-09-09 01:46:40 x50"]),
    },
];

impl Launcher {
    /// Those that can start this program here.
    pub(super) fn available(program: &Path) -> Vec<Launcher> {
        let works = |launcher: &Launcher| {
            let mut command = launcher.command(program);
            let output = command.env_clear().arg("--version").output();
            output.is_ok_and(|output| output.status.success())
        };
        LAUNCHERS.into_iter().filter(works).collect()
    }

    /// The command that starts the program.
    pub(super) fn command(&self, program: &Path) -> Command {
        let (name, arguments) = self.command;
        let mut command = Command::new(name);
        command.args(arguments).arg(program);
        command
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::path::Path;

    use super::Launcher;

    #[test]
    fn a_fixed_layout_is_the_same_in_each_process_where_it_can_be_had() {
        let cat = Path::new("/bin/cat");
        let layout = |launcher: &Launcher| {
            let output = launcher.command(cat).arg("/proc/self/maps").output();
            let maps = String::from_utf8(output.expect("it starts").stdout).expect("text");
            let stack = maps.lines().find(|line| line.ends_with("[stack]"));
            stack
                .expect("a stack")
                .split(' ')
                .next()
                .map(str::to_string)
        };
        for launcher in Launcher::available(cat) {
            if launcher.world == "fixed-layout" {
                assert_eq!(layout(&launcher), layout(&launcher));
            }
        }
        assert!(Launcher::available(Path::new("/bin/false")).is_empty());
    }
}
