//! The names of the problems that the command itself reports, with what `lockstep explain` says
//! about each. The reasons for which a module is refused, the statuses of receipts and the
//! reasons for which a transaction is invalid have lists of their own in the crates that decide
//! them.

mod declare;

use serde::{Serialize, Serializer};

use declare::problem_codes;

problem_codes! {
    /// A bug or a broken machine.
    Internal = "internal",
        "Lockstep met a state that it holds to be impossible, or the machine failed it. Nothing that the run computed counts. Please report it with the input that led here.";

    /// An interrupt stopped the command.
    Interrupted = "interrupted",
        "Ctrl-C stopped the command between two of its steps. The message says what was done and what was not; nothing unfinished is left behind. A second interrupt ends the process at once, without cleaning up.";

    /// A file cannot be read.
    FileUnreadable = "file-unreadable",
        "The operating system does not let the command read the file. Check the path (paths inside a scenario are relative to the scenario file) and the permissions.";

    /// A file is larger than the command reads.
    FileTooLarge = "file-too-large",
        "The file is larger than the command is willing to read. A module may have 1 MiB; a module in text form and a scenario may be some times larger.";

    /// A file cannot be written.
    FileUnwritable = "file-unwritable",
        "The output file could not be written. The command writes a temporary file beside it and renames that, so an older output is still whole. So a device, a pipe or a link that leads to nothing cannot be an output; through a link to a file that file is replaced. Where the message says that the file was written, it is there, and may be gone after a failure of power.";

    /// A module cannot be read as one.
    ModuleUnreadable = "module-unreadable",
        "The file is no binary WebAssembly module, or its sections or its debug information are damaged. Build it again; `lockstep check` lists every reason why a module would be refused.";

    /// A module's ABI describes more than one contract.
    TwoContracts = "two-contracts",
        "A crate with `#[contract]` exports its methods into every module that it is linked into. Where it is a dependency of another contract, anybody can call its methods on that contract's storage. Move the types and interfaces that the other needs into a crate of their own, without `#[contract]`, and depend on that.";

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

    /// A search came to no contract's code.
    NothingEntered = "nothing-entered",
        "`lockstep fuzz det` made and ran candidates, and no method of any contract ran in one of them: nothing was instantiated, every `init` failed, or every call was refused before it began. Or the scenario has no accounts, so that nobody could send anything. So nothing was found out about the code. `lockstep check MODULE` lists the methods that can be called.";

    /// There is no invariant to break, or none that was ever called.
    NoInvariant = "no-invariant",
        "`lockstep fuzz run` calls the methods that contracts mark as `#[invariant]`. Such a method takes `&self` and nothing else, returns `bool` or nothing, and is exported by the module; the message says what else one has that the ABI names as such. Or no contract that the scenario makes has one in its ABI, or none of its calls told whether it holds: the contract's `init` fails, so that there is none, or the blocks have too little gas to call it.";

    /// Calls were found that break an invariant.
    InvariantBroken = "invariant-broken",
        "After the transactions that are shown, a method that must return true returned false, or failed. The scenario that was written expects it to hold: mend the contract, put the new module in its place, and keep the scenario as a test.";

    /// A profile was asked for and nothing says what to run.
    NothingToProfile = "nothing-to-profile",
        "A contract alone does not say what to run. Name a scenario, or say with --call which methods to call: lockstep gas profile token.wasm --init 'name = \"T\", symbol = \"T\", supply = 5' --call total_supply.";

    /// The words behind `--` of a call are no call of the contract.
    CallArguments = "call-arguments",
        "`lockstep call CONTRACT -- METHOD --PARAM VALUE ..` calls a method by the contract's ABI. What stands behind `--` must be one of its methods with each of its parameters once, by name or in their order. `lockstep call CONTRACT -- --help` lists the methods.";

    /// A kept state is not one of the scenario's chain.
    OtherChain = "other-chain",
        "A call on a kept state becomes its next block, by the settings and names of a scenario. The state has another chain id than that scenario, or no block that says which comes next.";

    /// A kept state does not have the contract that is called.
    ContractAbsent = "contract-absent",
        "A call on a kept state names a contract of a scenario, and the state has none of its id. An id is made of creator, code and salt, so a module that was built anew makes another contract, also under the same name. Name the scenario and module that filled the state, or fill another directory with `lockstep run SCENARIO --state DIRECTORY`. Or the contract has ended itself in a block after the scenario's. Nothing was executed.";

    /// The output would replace the input.
    OutputIsInput = "output-is-input",
        "A command does not write over a file that it reads, nor two results to one place. (A module that `lockstep meter` has written cannot take the place of its input: it cannot be deployed, because the machine meters what is uploaded.) Name another output file.";

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
        "Names of accounts, codes and contracts consist of 1 to 64 letters, digits, `_` and `-`, and do not begin with `0x`, as ids do. In values they are written with `@` in front.";

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
        "A transaction failed, and the scenario does not say that it should. State the ending in `expect` if it is meant: status, invalid, error, message or refused. A call of `lockstep call` or of `gas profile --call` is always meant to succeed.";

    /// A file is no bundle, or a damaged one.
    BundleMalformed = "bundle-malformed",
        "A bundle has one encoding, specified in docs/bundle.md, with a checksum at its end. The file is something else, is cut short, or was altered; the message names the byte. `lockstep run SCENARIO --bundle FILE.bundle` writes one.";

    /// The blocks do not fit into one bundle.
    BundleTooLarge = "bundle-too-large",
        "The counts and lengths in a bundle have 32 bits, so its witness and each of its transactions and receipts stay under 4 GiB. Fewer blocks need less of the state.";

    /// A bundle is of another protocol version.
    BundleProtocol = "bundle-protocol",
        "What a transaction does and costs is defined by the protocol version. A bundle can only be replayed by a program of its own version.";

    /// A bundle was made at other prices.
    BundleSchedule = "bundle-schedule",
        "The bundle has the protocol version of this program and another price schedule, so its gas cannot come out the same. It was made with a program whose prices had been changed.";

    /// A bundle holds a state that no chain can have.
    BundleState = "bundle-state",
        "The bundle is well formed and its witness holds something that no chain stores: code under a hash that is not its own, a record that does not decode, counts that do not add up. It was made up, or its maker has a bug.";

    /// A replay came to something else than the bundle says.
    ReplayMismatch = "replay-mismatch",
        "The bundle is well formed, and its replay came to something else than it says. The message names the first difference: the block, the transaction, the field, what came out and what the bundle says. Either the bundle was altered after it was made, or its maker's machine and this one execute differently, which must not be.";

    /// A replay needs something that the witness does not show.
    ReplayUncovered = "replay-uncovered",
        "The replay asked for a part of the state that the bundle's witness leaves out. Either the witness is incomplete, or the replay went another way than the execution that the witness was made from. Nothing can be said about the result.";

    /// A gas report was asked for in a way that makes no sense.
    GasTarget = "gas-target",
        "`lockstep gas report` is about a scenario (a .toml file) with all its contracts, or about a contract over some scenarios (--scenario, or all of contracts/scenarios).";

    /// Nothing matches what was asked for.
    NothingMatched = "nothing-matched",
        "The command ran, and nothing is like what was asked for. A contract is named as in the [code] table or after `as` in a scenario, or by its module; a module counts by its exact bytes. A method is named as in the contract's ABI.";

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
        "One snapshot holds the steps of all scenarios of a folder, each under the `name` that it states, which must be without spaces and different for each. Name all of them, or another file with --file.";

    /// The gas is not that of the snapshot.
    SnapshotDrift = "snapshot-drift",
        "A step costs more or less than the committed snapshot says, or something that it records changed. There is no tolerance: gas is exact. The output names each step, by how much it drifted, and what caused it as far as that can be known: code, compiler, schedule, scenario or metering. `unrecorded` means that none of them changed, so the machine itself charges differently.";

    /// A file is nothing that gas can be compared of.
    GasDocument = "gas-document",
        "`lockstep gas diff` compares gas snapshots, and JSON documents of `lockstep gas report`, `lockstep run` and `lockstep gas profile`. The file is none of them, is cut off, or lacks a member.";

    /// A directory is no state.
    NotAState = "not-a-state",
        "There is no such directory, it is a file, it is empty, or it has files that no state has. `lockstep run SCENARIO --state DIRECTORY` and `lockstep state import FILE DIRECTORY` make one. Nothing in the directory was changed.";

    /// A file in a state's directory does not belong there.
    StateForeignFile = "state-foreign-file",
        "The directory of a state may hold nothing but the files of the state, so that nothing in it is ever taken for something else. Move what the message names to another folder. Either it is no file of a state, and the state is there, or it has the name of one and is a pipe, a directory, a link, or a `checkpoint.new` or `wal` that the state did not write; it was left as it is.";

    /// A state is in the place of a new one.
    StateExists = "state-exists",
        "A scenario begins with an empty state, and an import makes a new one, so both want a directory that is empty or not there. What is there is not overwritten. The blocks that a run had committed before it failed or was stopped are there, too: `lockstep state root DIRECTORY --all` lists them. To run the scenario again, delete the directory or name another one.";

    /// Another process works on the state.
    StateLocked = "state-locked",
        "One process at a time may change a state, and several may read it while none does. The lock is on the file LOCK in the directory and goes away with the process that holds it, however that ends: a LOCK that nobody holds keeps nobody away. Do not delete the file: while something works on the state, another could then begin beside it.";

    /// A state has another version of the format.
    StateFormat = "state-format",
        "The files of the state are of a version that this program does not read. Export the state with the program that wrote it and import the export; nothing was changed.";

    /// A state is damaged.
    StateDamaged = "state-damaged",
        "A file of the state is not as it was written: cut off, overwritten, decayed, or of another state. The message names the file and the byte. A crash does not lead to this; an unfinished change at the end is cut off when the state is opened for changes. Nothing is repaired, because nothing could tell what was there. Restore the directory from a copy, or import an export.";

    /// The file system does not do what the state needs.
    StateUnusable = "state-unusable",
        "Reading or writing the state failed: no permission, no space, too many open files, a failing disk, a command that only reads, or a block that is larger than a file of the state can be. Every block that was committed before is kept. Remove the cause and start the command again; only a scenario cannot go on in the directory of a run that failed, and wants that deleted or another one.";

    /// A version that is not kept.
    VersionNotKept = "version-not-kept",
        "A state keeps its last versions only: 128, unless it was made with --keep or pruned to fewer. `lockstep state root DIRECTORY --all` lists their heights and roots.";

    /// A key or version is written in a way that cannot be read.
    StateKeySyntax = "state-key-syntax",
        "Keys are `account:ID`, `storage:CONTRACT:KEY`, `code:HASH`, `code-length:HASH` or hexadecimal digits. KEY is hexadecimal digits or parts with spaces between them: text in double quotes, names, digits with 0x, and map(PARTS), which puts the hash of the parts before them as the SDK's Map does: '\"balances:\" map(@alice)'. An ID is `@NAME` or 64 hexadecimal digits; contracts and code have names only with --names SCENARIO. Versions are the height of a block or a root.";

    /// A key that the state does not have.
    KeyAbsent = "key-absent",
        "The version of the state has no such entry. An account that has nothing is not stored. `lockstep state ls DIRECTORY` lists what is there. With --names, a contract's name stands for the id that it has by the scenario, which is made of creator, code and salt: after a module was built anew it is not the id that the state has.";

    /// The request of a proof makes no sense.
    ProofRequest = "proof-request",
        "A proof is about keys or about a range (--from, --to, --limit), not both. To verify it takes the same keys or range, and the root from somebody whom you trust, not from whoever gave you the proof.";

    /// A proof does not verify.
    ProofInvalid = "proof-invalid",
        "The proof does not show what it should under this root. It was made for another root, for other keys or another range, or was altered. This says nothing about what the state holds.";

    /// An export is damaged or of another kind.
    ExportDamaged = "export-damaged",
        "The file is no export of `lockstep state export`, was cut off or altered, or its entries do not lead to the root that it states. Nothing was imported.";
    /// No engine has the name that was given.
    UnknownEngine = "unknown-engine",
        "`--engine` takes the name of an engine (wasmi, wasmi1, wasmtime, winch), several with commas between them and each once, or `lockstep` alone for all of them. With several, each transaction runs on every one, and the command stops at the first difference. `run`, `call` and `replay` do so.";

    /// The engine is not part of this program.
    EngineNotBuilt = "engine-not-built",
        "Wasmtime, with its compilers Cranelift (`wasmtime`) and Winch (`winch`), takes minutes to build, so it is behind a feature of the build: cargo build --release --features wasmtime. A compiler may also lack this kind of processor. wasmi and wasmi1 are always there.";

    /// A directory cannot keep compiled code.
    CodeCache = "code-cache",
        "`--code-cache` names a directory in which native engines keep what they compiled, for later runs. Code from it is run as it is, so the directory and the secret in it must belong to you, nobody else may write to it, and each file must carry an authenticator made with that secret for exactly this code, protocol, engine and processor. A file that does not is refused and built again. Interpreters keep nothing on disk.";

    /// Engines came to different results.
    EnginesDiverged = "engines-diverged",
        "Two engines executed the same transaction on the same state and differ, or one failed where the other came to a result. The message names the transaction, the host call or field where the first difference is, and both values. An engine, or the adapter that binds it, has a bug; the block was not committed. Please report it with the bundle that `run` and `call` write; `lockstep replay FILE --engine NAME,NAME` shows the difference again. One such failure is known: wasmi1 refuses functions with more than 32,767 different constants; name the other engines without it.";

    /// Two files hold gas of different kinds of things.
    GasKinds = "gas-kinds",
        "Only like can be compared with like: steps (snapshots, runs), methods (reports) or lines (profiles).";
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
