//! One good call of every host function: its arguments, the bytes it is charged for, and the
//! ranges of guest memory that it names. Every match is exhaustive, so a new host function does
//! not compile here until it has a case.

use lockstep_abi::{AccountId, CodeHash, HostFunction};

use crate::cryptography::{ed25519_case, p256_case, secp256k1_case};
use crate::script::{OUT, Script};
use crate::world::{Ran, World};

/// Where the script's constants are.
const KEY: u64 = 0x100;
const VALUE: u64 = 0x110;
const PEER: u64 = 0x200;
const METHOD: u64 = 0x240;
const HELLO: u64 = 0x250;
const AMOUNT: u64 = 0x260;
const CODE: u64 = 0x280;
const SALT: u64 = 0x2a0;
const TOPICS: u64 = 0x300;
const ED_KEY: u64 = 0x400;
const ED_SIGNATURE: u64 = 0x420;
const ED_MESSAGE: u64 = 0x460;
const SECP_DIGEST: u64 = 0x500;
const SECP_SIGNATURE: u64 = 0x520;
const P256_DIGEST: u64 = 0x600;
const P256_SIG: u64 = 0x620;
const P256_PUBLIC: u64 = 0x660;
/// Four bytes that are not UTF-8, and seven.
pub(crate) const NOT_UTF8: u64 = 0x700;
/// `init`, which no call may name.
pub(crate) const RESERVED: u64 = 0x720;
/// The output pointer.
const TO: u64 = OUT as u64;

/// The input of the message.
pub(crate) const INPUT: &[u8] = b"input bytes";
/// What the contract has under the key `key`.
pub(crate) const STORED: &[u8] = b"stored";
/// The contract's balance.
pub(crate) const BALANCE: u128 = 500;
/// Bytes of output that [`Stage::run`] hands back, followed by 8 bytes of result.
pub(crate) const WINDOW: u32 = 64;

/// How long a range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Always so many bytes.
    Fixed(u32),
    /// As many bytes as an argument says.
    Arg(usize),
    /// 32 bytes for each that an argument counts.
    Topics(usize),
}

/// A range of guest memory that a function names: the pointer's argument and the length.
pub(crate) type Range = (usize, Length);

/// A good call.
pub(crate) struct Case {
    pub(crate) args: Vec<u64>,
    /// Bytes in and bytes out that the call is charged for.
    pub(crate) bytes: (u64, u64),
    pub(crate) ranges: Vec<Range>,
}

fn case(args: &[u64], bytes: (u64, u64), ranges: &[Range]) -> Case {
    Case {
        args: args.to_vec(),
        bytes,
        ranges: ranges.to_vec(),
    }
}

/// The good call of a function.
pub(crate) fn good(function: HostFunction) -> Case {
    use HostFunction as F;
    use Length::{Arg, Fixed, Topics};
    match function {
        F::InputLength
        | F::BlockHeight
        | F::BlockTimestamp
        | F::ChainId
        | F::GasLeft
        | F::IsReadOnly
        | F::ReturnedLength => case(&[], (0, 0), &[]),
        F::InputRead => case(&[TO, 6, 5], (0, 5), &[(0, Arg(2))]),
        F::ReturnedRead => case(&[TO, 0, 0], (0, 0), &[(0, Arg(2))]),
        F::Return | F::Revert | F::Panic | F::DebugLog => case(&[VALUE, 7], (7, 0), &[(0, Arg(1))]),
        F::Caller | F::SelfId | F::Origin => case(&[TO], (0, 0), &[(0, Fixed(32))]),
        F::Value => case(&[TO], (0, 0), &[(0, Fixed(16))]),
        F::Balance => case(&[PEER, TO], (0, 0), &[(0, Fixed(32)), (1, Fixed(16))]),
        F::StorageRead => case(&[KEY, 3, TO, 64], (3, 6), &[(0, Arg(1)), (2, Arg(3))]),
        F::StorageNext => case(&[KEY, 2, TO, 64], (2, 3), &[(0, Arg(1)), (2, Arg(3))]),
        F::StoragePrevious => case(&[KEY, 0, TO, 64], (0, 3), &[(0, Arg(1)), (2, Arg(3))]),
        F::TransientRead => case(&[KEY, 3, TO, 64], (3, 0), &[(0, Arg(1)), (2, Arg(3))]),
        F::StorageWrite => case(&[KEY, 3, VALUE, 7], (3, 7), &[(0, Arg(1)), (2, Arg(3))]),
        F::TransientWrite => case(&[KEY, 3, VALUE, 7], (10, 0), &[(0, Arg(1)), (2, Arg(3))]),
        F::StorageRemove | F::StorageLength | F::TransientRemove => {
            case(&[KEY, 3], (3, 0), &[(0, Arg(1))])
        }
        F::Call => case(
            &[PEER, METHOD, 4, HELLO, 5, AMOUNT, u64::MAX, 0],
            (9, 0),
            &[(0, Fixed(32)), (1, Arg(2)), (3, Arg(4)), (5, Fixed(16))],
        ),
        F::DelegateCall => case(
            &[CODE, METHOD, 4, HELLO, 5, u64::MAX, 0],
            (9, 0),
            &[(0, Fixed(32)), (1, Arg(2)), (3, Arg(4))],
        ),
        F::Instantiate => case(
            &[CODE, SALT, HELLO, 5, AMOUNT, u64::MAX, TO],
            (5, 0),
            &[
                (0, Fixed(32)),
                (1, Fixed(32)),
                (2, Arg(3)),
                (4, Fixed(16)),
                (6, Fixed(32)),
            ],
        ),
        F::Transfer => case(&[PEER, AMOUNT], (0, 0), &[(0, Fixed(32)), (1, Fixed(16))]),
        F::Upgrade => {
            let ranges = [(0, Fixed(32)), (1, Arg(2))];
            case(&[CODE, HELLO, 5, u64::MAX], (5, 0), &ranges)
        }
        F::Terminate => case(&[PEER], (0, 0), &[(0, Fixed(32))]),
        F::EmitEvent => case(
            &[TOPICS, 2, VALUE, 7],
            (71, 0),
            &[(0, Topics(1)), (2, Arg(3))],
        ),
        F::HashSha2x256
        | F::HashSha3x256
        | F::HashKeccak256
        | F::HashBlake2b256
        | F::HashBlake2b128
        | F::Ed25519Verify
        | F::Secp256k1Recover
        | F::P256Verify => good_cryptography(function),
    }
}

/// The good call of a function that hashes or checks a signature.
fn good_cryptography(function: HostFunction) -> Case {
    use HostFunction as F;
    use Length::{Arg, Fixed};
    match function {
        F::HashSha2x256 | F::HashSha3x256 | F::HashKeccak256 | F::HashBlake2b256 => {
            case(&[VALUE, 7, TO], (7, 0), &[(0, Arg(1)), (2, Fixed(32))])
        }
        F::HashBlake2b128 => case(&[VALUE, 7, TO], (7, 0), &[(0, Arg(1)), (2, Fixed(16))]),
        F::Ed25519Verify => case(
            &[ED_KEY, ED_SIGNATURE, ED_MESSAGE, 1],
            (1, 0),
            &[(0, Fixed(32)), (1, Fixed(64)), (2, Arg(3))],
        ),
        F::Secp256k1Recover => case(
            &[SECP_DIGEST, SECP_SIGNATURE, TO],
            (0, 0),
            &[(0, Fixed(32)), (1, Fixed(65)), (2, Fixed(64))],
        ),
        F::P256Verify => case(
            &[P256_DIGEST, P256_SIG, P256_PUBLIC],
            (0, 0),
            &[(0, Fixed(32)), (1, Fixed(64)), (2, Fixed(64))],
        ),
        other => panic!("{other:?} does not hash and checks no signature"),
    }
}

/// A world in which the good calls succeed.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) peer: AccountId,
    pub(crate) code: CodeHash,
}

/// Methods that answer with their input.
fn echo(name: &str) -> Script {
    let mut script = Script::new();
    for method in ["echo", "init", "upgraded"] {
        script = script
            .method(method)
            .call(HostFunction::InputRead, &[0x40, 0, 5])
            .give(0x40, 5);
    }
    script.data(0x80, name.as_bytes())
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let mut world = World::new();
        let peer = world.deploy(2, &echo("peer").wat());
        let code = world.upload(&echo("other").wat());
        Stage { world, peer, code }
    }

    /// A script with the constants that the good calls point to.
    pub(crate) fn script(&self) -> Script {
        let (ed_key, ed_signature, ed_message) = ed25519_case();
        let (secp_digest, secp_signature) = secp256k1_case();
        let (p256_digest, p256_signature, p256_key) = p256_case();
        Script::new()
            .data(0x100, b"key")
            .data(0x110, b"a value")
            .data(0x200, &self.peer.0)
            .data(0x240, b"echo")
            .data(0x250, b"hello")
            .data(0x260, &5_u128.to_le_bytes())
            .data(0x280, &self.code.0)
            .data(0x2a0, &[9; 32])
            .data(0x300, &[0x71; 32])
            .data(0x320, &[0x72; 32])
            .data(0x400, &ed_key)
            .data(0x420, &ed_signature)
            .data(0x460, &ed_message)
            .data(0x500, &secp_digest)
            .data(0x520, &secp_signature)
            .data(0x600, &p256_digest)
            .data(0x620, &p256_signature)
            .data(0x660, &p256_key)
            .data(0x700, &[0xff; 7])
            .data(0x720, b"init")
    }

    /// A contract that calls a function and gives back [`WINDOW`] bytes of what it wrote,
    /// followed by the result as an i64.
    pub(crate) fn contract(&mut self, function: HostFunction, args: &[u64]) -> AccountId {
        let script = self.script();
        let script = match function.signature().result {
            Some(_) => script.keep(function, args, OUT + WINDOW),
            None => script.call(function, args),
        };
        let id = self.world.deploy(1, &script.give(OUT, WINDOW + 8).wat());
        if function != HostFunction::Terminate {
            self.world.store(id, b"key", STORED);
        }
        self.world.fund(id, BALANCE);
        id
    }

    /// Calls a function with these arguments from a new contract.
    pub(crate) fn run(&mut self, function: HostFunction, args: &[u64]) -> Ran {
        let id = self.contract(function, args);
        self.world.run(self.world.message(id, "main", INPUT))
    }
}
