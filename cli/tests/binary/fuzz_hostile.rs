//! Contracts whose ABI says of arguments what no call can be given.

use crate::process::{lockstep, scratch};
use crate::sum::{method, with_abi};
use lockstep_abi::{MethodKind, Type};

const SCENARIO: &str = r#"
schema = "lockstep.scenario/1"
name = "hostile"
[accounts]
alice = 1_000_000_000_000
[code]
hostile = "hostile.wat"
[[block]]
[[block.transaction]]
from = "alice"
upload = "hostile"
[[block.transaction]]
from = "alice"
instantiate = "hostile"
as = "hostile"
input = "0x"
[[block.transaction]]
from = "alice"
call = "hostile.take"
input = "0x"
"#;

#[test]
fn methods_that_take_more_than_can_be_given_are_called_with_any_bytes() {
    let array = |item: Type, count: u32| Type::Array(Box::new(item), count);
    let code = r#"(func (export "init")) (func (export "take"))"#;
    for (number, ty) in [
        array(Type::U8, u32::MAX),
        array(Type::Unit, u32::MAX),
        array(array(Type::U64, 100_000), 100_000),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = scratch(&format!("fuzz-hostile-{number}"));
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let init = lockstep_abi::Method {
            kind: MethodKind::Init,
            ..method("init", &[("x", ty.clone())], Type::Unit)
        };
        let take = method("take", &[("x", ty)], Type::Unit);
        let contract = with_abi(code, vec![init, take]);
        std::fs::write(path("hostile.wat"), contract).expect("the contract");
        std::fs::write(path("hostile.toml"), SCENARIO).expect("the scenario");
        let out = path("out");
        let more = ["--worlds", "untraced", "--out", &out];
        for file in ["hostile.wat", "hostile.toml"] {
            let file = path(file);
            let searched = [&["fuzz", "det", &file, "--runs", "60"], &more[..]].concat();
            let searched = lockstep(&searched);
            assert_eq!(searched.code, 0, "{searched:#?}");
            let said = "take takes more than a call can be given";
            assert!(searched.stderr.contains(said), "{searched:#?}");
        }
        let cut = lockstep(&[&["fuzz", "tmin", &path("hostile.toml")], &more[..]].concat());
        assert_eq!(cut.code, 0, "{cut:#?}");
        assert!(cut.stderr.contains("takes more than"), "{cut:#?}");
    }
}
