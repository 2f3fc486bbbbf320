//! The names of the problems that the command itself reports, with what `lockstep explain` says
//! about each. The reasons for which a module is refused, the statuses of receipts and the
//! reasons for which a transaction is invalid have lists of their own in the crates that decide
//! them.

use serde::{Serialize, Serializer};

/// Declares the enum, its names and its explanations from one table.
macro_rules! problem_codes {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal, $explanation:literal;)*) => {
        /// A kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemCode {
            $(#[doc = $doc] $variant,)*
        }

        impl ProblemCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$variant,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ProblemCode::$variant => $name,)*
                }
            }

            /// What it means and what to do, in full sentences.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(ProblemCode::$variant => $explanation,)*
                }
            }
        }
    };
}

problem_codes! {
    /// A bug or a broken machine.
    Internal = "internal",
        "Lockstep met a state that it holds to be impossible, or the machine failed it. Nothing that the run computed counts. Please report it with the input that led here.";

    /// A file cannot be read.
    FileUnreadable = "file-unreadable",
        "The operating system does not let the command read the file. Check the path (paths inside a scenario are relative to the scenario file) and the permissions.";

    /// A file is larger than the command reads.
    FileTooLarge = "file-too-large",
        "The file is larger than the command is willing to read. A module may have 1 MiB; a module in text form and a scenario may be some times larger.";

    /// A file cannot be written.
    FileUnwritable = "file-unwritable",
        "The output file could not be written. The command writes a temporary file beside it and renames that, so an older output is still whole.";

    /// A module cannot be read as one.
    ModuleUnreadable = "module-unreadable",
        "The file is no binary WebAssembly module, or its sections or its debug information are damaged. Build it again; `lockstep check` lists every reason why a module would be refused.";

    /// A sidecar with names and lines is damaged.
    DebugSidecar = "debug-sidecar",
        "A file with the names and source lines of a contract is cut short, damaged or of another kind. `lockstep strip MODULE -o OUT.wasm` writes it anew from a module with debug information. Without the file a profile shows functions by number.";

    /// A module that must run is refused.
    ModuleRefused = "module-refused",
        "The command has to run the module, and the policy refuses it. `lockstep check` lists every reason with its place and what to do.";

    /// The fuzzer has no world of that name.
    UnknownWorld = "unknown-world",
        "`lockstep fuzz det --worlds` takes names with commas between them. `lockstep fuzz worlds` lists the worlds that this build has.";

    /// Two worlds executed the same transactions and came to different results.
    Nondeterminism = "nondeterminism",
        "The same signed transactions gave another receipt, host call, state or root in another world: on another engine, with another cache, thread, process or observer. That must never happen, and it is a bug in the machine and not in the contract. The scenario that was written holds the fewest transactions that show it; please report it together with the version and the world's name.";

    /// There is no invariant to break.
    NoInvariant = "no-invariant",
        "`lockstep fuzz run` calls the methods of contracts that are called `invariant` or whose names begin with `invariant_`, that change nothing and take no arguments. No contract that the scenario makes has one in its ABI.";

    /// Calls were found that break an invariant.
    InvariantBroken = "invariant-broken",
        "After the transactions that are shown, a method that must return true returned false, or failed. The scenario that was written expects it to hold: mend the contract, put the new module in its place, and keep the scenario as a test.";

    /// A profile was asked for and nothing says what to run.
    NothingToProfile = "nothing-to-profile",
        "A contract alone does not say what to run. Name a scenario, or say with --call which methods to call: lockstep gas profile token.wasm --init 'name = \"T\", symbol = \"T\", supply = 5' --call total_supply.";

    /// The output would replace the input.
    OutputIsInput = "output-is-input",
        "`lockstep meter` does not replace its input: the metered module cannot be deployed, because the machine meters what is uploaded. Name another output file.";

    /// A module in text form does not parse.
    TextModule = "text-module",
        "The file ends in .wat and is not well-formed WebAssembly text. The message names the line and column.";

    /// `explain` was asked about a code that does not exist.
    UnknownCode = "unknown-code",
        "`lockstep explain` knows the codes that the other commands print. `lockstep explain` without a code lists all of them.";

    /// An export that the module does not have.
    UnknownExport = "unknown-export",
        "`lockstep gas bound MODULE EXPORT` takes the name of an exported function. Without a name it shows all of them.";

    /// A scenario is not TOML.
    ScenarioSyntax = "scenario-syntax",
        "A scenario is a TOML file in UTF-8. The parser could not read it as one.";

    /// A scenario has a key that does not exist or does not belong there.
    ScenarioUnknownKey = "scenario-unknown-key",
        "Every key of a scenario has a meaning; an unknown one is refused so that a typing error cannot change what is tested.";

    /// A scenario lacks a key.
    ScenarioMissingKey = "scenario-missing-key",
        "A key that has no default is not there. `schema`, `name` and, for each transaction, `from` and one action are needed.";

    /// A scenario has a value of the wrong type.
    ScenarioType = "scenario-type",
        "A value is of another TOML type than its key needs, for example text in place of a number.";

    /// A scenario is written for another version of the format.
    ScenarioSchema = "scenario-schema",
        "The first line of a scenario states the version of its format: schema = \"lockstep.scenario/1\".";

    /// A number in a scenario is out of range.
    ScenarioNumber = "scenario-number",
        "A number is outside the range of its type. Numbers may be written as integers or, for those that TOML cannot hold, as text; `_` may stand between digits.";

    /// A hexadecimal value in a scenario is malformed or has the wrong length.
    ScenarioHex = "scenario-hex",
        "Bytes are written as \"0x\" and an even number of hexadecimal digits; account ids, code hashes and other digests have 64 of them.";

    /// A name in a scenario is not well formed.
    ScenarioName = "scenario-name",
        "Names of accounts, codes and contracts consist of 1 to 64 letters, digits, `_` and `-`. In values they are written with `@` in front.";

    /// A scenario names something twice.
    ScenarioDuplicate = "scenario-duplicate",
        "Accounts and contracts share one set of names, because `@name` stands for either. A key of a map may stand there once.";

    /// A scenario names an account, contract, code or method that does not exist.
    ScenarioUnknownName = "scenario-unknown-name",
        "The scenario uses a name that it does not define. Accounts stand in [accounts], code in [code]; a contract gets its name from `as` in the transaction that instantiates it; methods are those of the contract's ABI.";

    /// A transaction states no action, or several.
    ScenarioAction = "scenario-action",
        "Each transaction does one thing: `upload = \"CODE\"`, `instantiate = \"CODE\"`, `call = \"CONTRACT.METHOD\"`, `transfer = \"@TO\"` or `upgrade = \"CONTRACT\"`. Other keys belong to some of these only.";

    /// An argument is missing, unknown or not of the parameter's type.
    ScenarioArgument = "scenario-argument",
        "The arguments of a method are encoded by the ABI that the contract's code carries, by name (a table) or by position (a list). A contract without an ABI takes `input = \"0x...\"`.";

    /// An expectation cannot be met by any run.
    ScenarioExpectation = "scenario-expectation",
        "The expectation names something that does not exist, or things that exclude each other; it could never come true.";

    /// An expectation did not come true.
    ExpectationFailed = "expectation-failed",
        "The scenario ran, and something is not as it states. The message names the block, the transaction, the field, and both values.";

    /// A transaction failed and no expectation says that it should.
    UnstatedFailure = "unstated-failure",
        "A transaction failed, and the scenario does not say that it should. State the ending in `expect` if it is meant: status, invalid, error, message or refused.";

    /// A gas report was asked for in a way that makes no sense.
    GasTarget = "gas-target",
        "`lockstep gas report` is about a scenario (a .toml file) with all its contracts, or about a contract over some scenarios (--scenario, or all of contracts/scenarios).";

    /// Nothing matches what was asked for.
    NothingMatched = "nothing-matched",
        "The command ran, and nothing is like what was asked for. A contract is named as in the [code] table or after `as` in a scenario, or by its module; a module counts by its exact bytes.";

    /// A gas snapshot has a line that is wrong, or ends early.
    SnapshotSyntax = "snapshot-syntax",
        "A gas snapshot is written by `lockstep gas snapshot` and not by hand. A merge conflict, a cut file or an edited number makes it unreadable. Restore it, or write it anew and look at the difference.";

    /// A gas snapshot is of another protocol version.
    SnapshotProtocol = "snapshot-protocol",
        "Gas is defined by the protocol version, so the numbers of two versions cannot be compared. Check with a program of the snapshot's version, or write the snapshot anew.";

    /// The schedule that was given is not the snapshot's.
    SnapshotSchedule = "snapshot-schedule",
        "--old-schedule takes the price document that the snapshot was made with; its hash must be the one in the snapshot's `schedule` line. With other prices the shares would be wrong.";

    /// The scenarios do not go with the snapshot's file.
    SnapshotScenarios = "snapshot-scenarios",
        "One snapshot holds the steps of all scenarios of a folder, each under its file's name. Name all of them, or another file with --file.";

    /// The gas is not that of the snapshot.
    SnapshotDrift = "snapshot-drift",
        "A step costs more or less than the committed snapshot says, or something that it records changed. There is no tolerance: gas is exact. The output names each step, by how much it drifted, and what caused it as far as that can be known: code, compiler, schedule, scenario or metering. `unrecorded` means that none of them changed, so the machine itself charges differently.";

    /// A file is nothing that gas can be compared of.
    GasDocument = "gas-document",
        "`lockstep gas diff` compares gas snapshots, and JSON documents of `lockstep gas report`, `lockstep run` and `lockstep gas profile`. The file is none of them, is cut off, or lacks a member.";

    /// Two files hold gas of different kinds of things.
    GasKinds = "gas-kinds",
        "Only like can be compared with like: steps (snapshots, runs), methods (reports) or lines (profiles).";
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
