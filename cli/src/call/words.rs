//! The words behind `--`: a method and its arguments, read by the contract's ABI.
//!
//! `transfer --to bob --amount 250`, `transfer --to=bob --amount=250` and `transfer bob 250` are
//! the same. What stands for a parameter is written as in a scenario, with liberties for the whole of
//! it, and none inside lists and tables: text is taken as it stands, nothing else needs quotes, an
//! account or code needs no `@`, and what an `Option` holds no `{ some = .. }`. A contract without an
//! ABI takes `--input` and bytes.

use clap::{Arg, Args as _, Command};
use lockstep_abi::{ContractAbi, Field, Method, MethodKind, Type};

use super::argument::{key, quoted, value};
use crate::command::CallArguments;
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::scenario::unknown_method;
use crate::suggest::{did_you_mean, listed};
use crate::value::type_name;

/// What the words ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All methods of the contract, or one, are to be shown.
    Help(Option<String>),
    /// A call.
    Call(Words),
}

/// A method and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// The method.
    pub(crate) method: String,
    /// The line of a scenario that states its arguments.
    pub(crate) arguments: String,
}

impl Asked {
    /// Reads the words.
    ///
    /// # Errors
    /// When they name no method, or not each of its parameters once.
    pub(crate) fn read(words: &[String], abi: Option<&ContractAbi>) -> Result<Asked, Failure> {
        let Some((method, rest)) = words.split_first() else {
            let help = abi.map_or_else(
                || "write -- METHOD --input 0x..".to_string(),
                |abi| {
                    format!(
                        "write -- METHOD --PARAM VALUE ..; there are: {}",
                        methods(abi)
                    )
                },
            );
            return Err(usage("no method is named", &help));
        };
        if is_help(method) {
            return Ok(Asked::Help(None));
        }
        let arguments = match abi {
            Some(abi) => table(find(abi, method)?, rest)?,
            None => input(rest)?,
        };
        let method = method.clone();
        Ok(match arguments {
            Some(arguments) => Asked::Call(Words { method, arguments }),
            None => Asked::Help(Some(method)),
        })
    }
}

fn is_help(word: &str) -> bool {
    matches!(word, "--help" | "-h")
}

/// The method of that name.
///
/// # Errors
/// When there is none, or none that can be called.
pub(crate) fn find<'a>(abi: &'a ContractAbi, name: &str) -> Result<&'a Method, Failure> {
    let found = abi.methods.iter().find(|method| method.name == name);
    let callable = found.filter(|method| method.kind.is_callable());
    callable.ok_or_else(|| {
        let (message, help) = unknown_method(abi, name, MethodKind::is_callable);
        match found {
            Some(_) => usage(&message, &help),
            None => {
                let problem = Problem::new(ProblemCode::NothingMatched, message, help);
                Failure::new(Exit::NothingMatched, problem)
            }
        }
    })
}

fn methods(abi: &ContractAbi) -> String {
    let callable = abi
        .methods
        .iter()
        .filter(|method| method.kind.is_callable());
    let names: Vec<String> = callable.map(|method| method.name.clone()).collect();
    listed(&names)
}

/// The arguments of a method as a scenario's table; `None` when help stands where a parameter could.
fn table(method: &Method, words: &[String]) -> Result<Option<String>, Failure> {
    let mut given: Vec<Option<String>> = vec![None; method.params.len()];
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        if is_help(word) {
            return Ok(None);
        }
        let (place, text) = match word.strip_prefix("--") {
            Some(option) => {
                let (name, text) = match option.split_once('=') {
                    Some((name, text)) => (name, Some(text)),
                    None => (option, None),
                };
                let place = place_of(method, name)?;
                let is_truth = method
                    .params
                    .get(place)
                    .is_some_and(|it| it.ty == Type::Bool);
                let text = text.or_else(|| words.next_if(|next| !next.starts_with("--")));
                match text.or(is_truth.then_some("true")) {
                    Some(text) => (place, text),
                    None => return Err(wrong(method, &format!("--{name} has no value"))),
                }
            }
            None => match given.iter().position(Option::is_none) {
                Some(place) => (place, word),
                None => return Err(wrong(method, &format!("{word} is one argument too many"))),
            },
        };
        if let (Some(slot), Some(param)) = (given.get_mut(place), method.params.get(place)) {
            if slot.is_some() {
                return Err(wrong(method, &format!("{} is given twice", param.name)));
            }
            *slot = Some(format!("{} = {}", key(&param.name), value(&param.ty, text)));
        }
    }
    let params = method.params.iter().zip(&given);
    let missing =
        params.filter(|(param, text)| text.is_none() && !matches!(param.ty, Type::Option(_)));
    let missing: Vec<String> = missing
        .map(|(param, _)| format!("--{}", param.name))
        .collect();
    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let message = format!("{} {verb} missing", missing.join(" and "));
        return Err(wrong(method, &message));
    }
    let entries: Vec<String> = given.into_iter().flatten().collect();
    Ok(Some(format!("args = {{ {} }}", entries.join(", "))))
}

/// The input of a method that no ABI describes; `None` when help is asked for.
fn input(words: &[String]) -> Result<Option<String>, Failure> {
    let help = || {
        let help = "the contract has no ABI: write -- METHOD --input 0x.., or -- METHOD alone";
        let names = words.iter().filter_map(|word| word.strip_prefix("--"));
        let mut names = names.map(|option| option.split('=').next().unwrap_or_default());
        names.find_map(of_command).unwrap_or(help.to_string())
    };
    let bytes = match words {
        [] => "0x",
        [word, ..] if is_help(word) => return Ok(None),
        [option, bytes] if option == "--input" => bytes,
        [word] => word
            .strip_prefix("--input=")
            .ok_or_else(|| usage(&format!("{word} is no argument"), &help()))?,
        _ => return Err(usage("the arguments cannot be encoded", &help())),
    };
    Ok(Some(format!("input = {}", quoted(bytes))))
}

/// The position of a parameter; `-` in its name may stand for `_`.
fn place_of(method: &Method, name: &str) -> Result<usize, Failure> {
    if name.is_empty() {
        return Err(wrong(method, "`--` names no parameter"));
    }
    let wanted = name.replace('-', "_");
    let found = method.params.iter().position(|param| param.name == wanted);
    found.ok_or_else(|| {
        let names: Vec<String> = method.params.iter().map(|it| it.name.clone()).collect();
        let message = format!(
            "{} has no parameter {}",
            method.name,
            wanted.escape_default()
        );
        let help = of_command(name).unwrap_or_else(|| did_you_mean(&wanted, &names));
        usage(&message, &help)
    })
}

/// What to do about an option of the command that stands where a parameter must.
fn of_command(name: &str) -> Option<String> {
    let command = CallArguments::augment_args(Command::new("call"));
    let mut options = command.get_arguments().filter_map(Arg::get_long);
    let is_option = options.any(|option| option == name);
    is_option.then(|| format!("--{name} is an option of `lockstep call`: write it before `--`"))
}

/// A method with its parameters: `transfer --to AccountId --amount u128`.
pub(super) fn shape(method: &Method) -> String {
    let param = |field: &Field| match &field.ty {
        Type::Option(some) => format!(" [--{} {}]", field.name, type_name(some)),
        ty => format!(" --{} {}", field.name, type_name(ty)),
    };
    let params: String = method.params.iter().map(param).collect();
    format!("{}{params}", method.name)
}

fn wrong(method: &Method, message: &str) -> Failure {
    usage(message, &format!("write -- {}", shape(method)))
}

fn usage(message: &str, help: &str) -> Failure {
    let problem = Problem::new(ProblemCode::CallArguments, message, help);
    Failure::new(Exit::Usage, problem)
}

#[cfg(test)]
mod tests {
    use lockstep_abi::{Field, Method, MethodKind, Type};

    use super::table;

    fn method() -> Method {
        let field = |name: &str, ty| Field {
            name: name.into(),
            ty,
        };
        Method {
            name: "pay".into(),
            docs: String::new(),
            kind: MethodKind::Call,
            mutates: true,
            payable: false,
            params: vec![
                field("to", Type::AccountId),
                field("amount_max", Type::U128),
                field("memo", Type::Option(Box::new(Type::String))),
                field("fast", Type::Bool),
            ],
            output: Type::Unit,
            error: None,
        }
    }

    fn read(words: &str) -> Result<String, String> {
        let words: Vec<String> = words.split(' ').map(str::to_string).collect();
        match table(&method(), &words) {
            Ok(arguments) => Ok(arguments.unwrap_or_else(|| "help".to_string())),
            Err(failure) => Err(failure.problems[0].message.clone()),
        }
    }

    #[test]
    fn names_and_positions_say_the_same() {
        let by_name = read("--to bob --amount-max=5 --fast");
        let expected = r#"args = { to = "@bob", amount_max = "5", fast = true }"#;
        assert_eq!(by_name.as_deref(), Ok(expected));
        let expected =
            r#"args = { to = "@bob", amount_max = "5", memo = { some = "hi" }, fast = false }"#;
        assert_eq!(read("bob 5 hi false").as_deref(), Ok(expected));
        assert_eq!(read("--to=bob 5 hi false").as_deref(), Ok(expected));
    }

    #[test]
    fn help_is_asked_for_where_a_parameter_could_stand() {
        for words in ["--help", "-h", "--to bob --help", "--fast --help"] {
            assert_eq!(read(words).as_deref(), Ok("help"), "{words}");
        }
        let expected = r#"args = { to = "@-h", amount_max = "--help", fast = true }"#;
        let given = read("--to -h --amount-max=--help --fast");
        assert_eq!(given.as_deref(), Ok(expected));
    }

    #[test]
    fn what_does_not_fit_the_parameters_is_named() {
        for (words, message) in [
            ("--to bob", "--amount_max and --fast are missing"),
            ("--to bob --to eve", "to is given twice"),
            ("--to", "--to has no value"),
            ("--to --help", "--to has no value"),
            ("-- x", "`--` names no parameter"),
            ("a 1 m true x", "x is one argument too many"),
            ("--two bob", "pay has no parameter two"),
        ] {
            assert_eq!(read(words), Err(message.to_string()), "{words}");
        }
    }
}
