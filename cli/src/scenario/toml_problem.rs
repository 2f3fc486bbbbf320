//! What the reader of a scenario's TOML refuses, in words that its user knows.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::document::{KEYS, SCHEMA};
use crate::problem::Problem;
use crate::problem_code::ProblemCode;
use crate::source::Source;
use crate::suggest::did_you_mean;

/// What the reader's message contains when a date stands where a value is expected.
const DATE_MARK: &str = "$__toml_private_datetime";

/// The reader's message as one of ours.
pub(super) fn toml_problem(error: &toml::de::Error, source: &Source) -> Problem {
    let table = DeTable::parse(source.text()).ok();
    let table = table.as_ref().map(Spanned::get_ref);
    if let Some(key) = table.and_then(unknown_top_key) {
        let names = KEYS.map(str::to_string);
        return unknown_key(key.get_ref(), &names).at(source.place(key.span()));
    }
    let message = error.message().replace('\n', "; ");
    let problem = if message.starts_with("unknown field") {
        // All keys stand between backticks, the unknown one first.
        let mut names = message.split('`').skip(1).step_by(2).map(str::to_string);
        let unknown = names.next().unwrap_or_default();
        unknown_key(&unknown, &names.collect::<Vec<_>>())
    } else if let Some(key) = message.strip_prefix("missing field") {
        let help = match key.contains("`schema`") {
            true => format!("begin the file with schema = \"{SCHEMA}\""),
            false => "add the key; it has no default".to_string(),
        };
        Problem::new(
            ProblemCode::ScenarioMissingKey,
            format!("missing key{key}"),
            help,
        )
    } else if message.contains(DATE_MARK) {
        let help = "write an integer or text; block times are integers in milliseconds";
        let message = "a date or time is no value of a scenario";
        Problem::new(ProblemCode::ScenarioType, message, help)
    } else if message.contains("number overflowed") {
        let help = "write a number that is not in 64 bits as text: \"340_282_366_920\"";
        Problem::new(ProblemCode::ScenarioNumber, message, help)
    } else if message.starts_with("invalid type") {
        let span = error.span().unwrap_or_default();
        let place = table.and_then(|table| place_in(table, &span, ""));
        let (message, help) = wrong_type(&message, place);
        Problem::new(ProblemCode::ScenarioType, message, help)
    } else {
        let help = "a scenario is TOML; see https://toml.io";
        Problem::new(ProblemCode::ScenarioSyntax, message, help)
    };
    match error.span() {
        Some(span) => problem.at(source.place(span)),
        None => problem,
    }
}

/// The key that is unknown, and the nearest that is known.
fn unknown_key(unknown: &str, known: &[String]) -> Problem {
    let text = format!("there is no key \"{unknown}\" here");
    Problem::new(
        ProblemCode::ScenarioUnknownKey,
        text,
        did_you_mean(unknown, known),
    )
}

/// The first key of the whole file that there is not. The reader may come to another mistake before.
fn unknown_top_key<'t, 'i>(table: &'t DeTable<'i>) -> Option<&'t Spanned<DeString<'i>>> {
    let unknown = table
        .keys()
        .filter(|key| !KEYS.contains(&key.as_ref().as_ref()));
    unknown.min_by_key(|key| key.span().start)
}

/// A key with those of the tables around it, and whether it is an item of its array that is meant.
type KeyPlace = (String, bool);

/// Where the value at these bytes stands.
fn place_in(table: &DeTable<'_>, span: &Range<usize>, before: &str) -> Option<KeyPlace> {
    table.iter().find_map(|(key, value)| {
        let key = format!("{before}{}", key.as_ref());
        match value.span() == *span {
            true => Some((key, false)),
            false => place_within(value.get_ref(), span, &key),
        }
    })
}

fn place_within(value: &DeValue<'_>, span: &Range<usize>, key: &str) -> Option<KeyPlace> {
    match value {
        DeValue::Table(table) => place_in(table, span, &format!("{key}.")),
        DeValue::Array(items) => items.iter().find_map(|item| match item.span() == *span {
            true => Some((key.to_string(), true)),
            false => place_within(item.get_ref(), span, key),
        }),
        _ => None,
    }
}

/// What is said of a value of the wrong type, and how to write it. The reader says `invalid type: FOUND,
/// expected TYPE` in words of its own.
fn wrong_type(message: &str, place: Option<KeyPlace>) -> (String, String) {
    let said = message.strip_prefix("invalid type: ").unwrap_or(message);
    let (found, expected) = said
        .split_once(", expected ")
        .unwrap_or((said, "another value"));
    let found = match found {
        "map" => "a table".to_string(),
        "sequence" => "an array".to_string(),
        value => format!("the {}", value.replace("floating point", "float")),
    };
    let expected = match expected {
        "a sequence" => "an array",
        "a map" => "a table",
        expected if expected.starts_with("struct ") => "a table",
        expected => expected,
    };
    let (key, what) = match place {
        Some((key, false)) => (key.clone(), format!("`{key}`")),
        Some((key, true)) => (String::new(), format!("an item of `{key}`")),
        None => (String::new(), "the value".to_string()),
    };
    let help = match (expected, key.as_str()) {
        ("an array", "block" | "block.transaction") => format!("write [[{key}]]"),
        ("an array", _) => "write a list: [VALUE, ..]".to_string(),
        ("a table", "chain" | "accounts" | "code") => format!("write [{key}]"),
        ("a table", _) => "write a table: { KEY = VALUE, .. }".to_string(),
        ("a string", _) => "write text, in quotes".to_string(),
        ("a boolean", _) => "write true or false".to_string(),
        _ => format!("write {expected}"),
    };
    (format!("{what} is {found}, and {expected} is needed"), help)
}

#[cfg(test)]
mod tests {
    use super::{KEYS, toml_problem};
    use crate::scenario::document::Document;
    use crate::source::Source;

    /// What is said of a scenario's text, and the help.
    fn said(text: &str) -> (String, String) {
        let text = format!("schema = \"x\"\nname = \"x\"\n{text}");
        let error = toml::from_str::<Document>(&text).expect_err("a mistake");
        let problem = toml_problem(&error, &Source::new("a.toml", text));
        assert!(problem.place.is_some());
        (problem.message, problem.help)
    }

    #[test]
    fn types_are_called_as_toml_calls_them() {
        let transaction = "[[block]]\n[[block.transaction]]\nfrom = \"a\"\n";
        for (text, message, help) in [
            (
                "[block]",
                "`block` is a table, and an array is needed",
                "write [[block]]",
            ),
            (
                "[[block]]\n[block.transaction]",
                "`block.transaction` is a table, and an array is needed",
                "write [[block.transaction]]",
            ),
            (
                "block = 1.5",
                "`block` is the float `1.5`, and an array is needed",
                "write [[block]]",
            ),
            (
                "[[block]]\ntransaction = [5]",
                "an item of `block.transaction` is the integer `5`, and a table is needed",
                "write a table: { KEY = VALUE, .. }",
            ),
            (
                "[[accounts]]",
                "`accounts` is an array, and a table is needed",
                "write [accounts]",
            ),
            (
                "chain = \"x\"",
                "`chain` is the string \"x\", and a table is needed",
                "write [chain]",
            ),
            (
                "[code]\nmine = 1",
                "`code.mine` is the integer `1`, and a string is needed",
                "write text, in quotes",
            ),
            (
                &format!("{transaction}expect = {{ events = 5 }}"),
                "`block.transaction.expect.events` is the integer `5`, and an array is needed",
                "write a list: [VALUE, ..]",
            ),
            (
                &format!("{transaction}corrupt_signature = 1"),
                "`block.transaction.corrupt_signature` is the integer `1`, and a boolean is needed",
                "write true or false",
            ),
        ] {
            assert_eq!(said(text), (message.to_string(), help.to_string()));
        }
    }

    #[test]
    fn an_unknown_key_is_named_whatever_else_is_wrong() {
        let (message, help) = said("[[blok]]\n[[block.transaction]]\nfrom = 5");
        assert_eq!(message, "there is no key \"blok\" here");
        assert!(help.starts_with("did you mean \"block\"? "), "{help}");
    }

    #[test]
    fn the_keys_are_those_of_the_document() {
        let error = toml::from_str::<Document>("zz = 1").expect_err("an unknown key");
        let names: Vec<&str> = error.message().split('`').skip(1).step_by(2).collect();
        assert_eq!(names, [&["zz"], KEYS.as_slice()].concat());
    }
}
