//! Every name in a source that is built for use: paths, macros and pointers, with test code left out.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path in a source: its segments joined by `::`, and its line.
pub(super) type Found = (String, usize);

/// The words with which an item begins. What is behind `#[cfg(test)]` and is no item (a field, an
/// arm) is read like everything else.
const ITEMS: [&str; 15] = [
    "pub",
    "mod",
    "fn",
    "use",
    "const",
    "static",
    "type",
    "struct",
    "enum",
    "union",
    "impl",
    "trait",
    "extern",
    "unsafe",
    "macro_rules",
];

/// Every name of the tokens, with the groups of `use` written out, and `{:p}` in literals.
pub(super) fn names(tokens: TokenStream, prefix: &str, found: &mut Vec<Found>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut path = prefix.to_string();
    let mut colons = if prefix.is_empty() { 0 } else { 2 };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(item) = test_item(&tokens[at..]) {
            at += item;
            continue;
        }
        let next = tokens.get(at + 1);
        match token {
            TokenTree::Ident(ident) => {
                let line = ident.span().start().line;
                let name = ident.to_string();
                if is_macro(&tokens[at..]) {
                    found.push((format!("{name}!"), line));
                }
                if let ("cfg" | "cfg_attr", Some(group)) =
                    (name.as_str(), condition(&tokens[at + 1..]))
                {
                    conditions(group, line, found);
                }
                path = match colons {
                    2 if !path.is_empty() => format!("{path}::{name}"),
                    _ => name,
                };
                colons = 0;
                found.push((path.clone(), line));
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                let inner = if colons == 2 { path.as_str() } else { "" };
                names(group.stream(), inner, found);
                colons = 0;
            }
            TokenTree::Punct(punct) => {
                if let ('*', Some(TokenTree::Ident(kind))) = (punct.as_char(), next)
                    && (kind == "const" || kind == "mut")
                {
                    found.push((format!("*{kind}"), punct.span().start().line));
                }
                path = prefix.to_string();
                colons = if prefix.is_empty() { 0 } else { 2 };
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if formats_pointer(&text) {
                    found.push((":p".to_string(), literal.span().start().line));
                }
                colons = 0;
            }
        }
        at += 1;
    }
}

/// Whether a text has a place for a pointer, whatever its width and fill: `{:p}`, `{x:#018p}`.
fn formats_pointer(text: &str) -> bool {
    text.split('{').skip(1).any(|place| {
        let place = place.split('}').next().unwrap_or_default();
        place
            .split_once(':')
            .is_some_and(|(_, how)| how.ends_with('p'))
    })
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// Whether the word at the beginning is the name of a macro that is called, and not compared.
fn is_macro(tokens: &[TokenTree]) -> bool {
    is_punct(tokens.get(1), '!') && !is_punct(tokens.get(2), '=')
}

/// What stands in the parentheses behind `cfg` or `cfg!`.
fn condition(tokens: &[TokenTree]) -> Option<TokenStream> {
    let after = usize::from(is_punct(tokens.first(), '!'));
    match tokens.get(after) {
        Some(TokenTree::Group(group)) => Some(group.stream()),
        _ => None,
    }
}

/// The words of a condition, as `cfg(word)`.
fn conditions(tokens: TokenStream, line: usize, found: &mut Vec<Found>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => found.push((format!("cfg({ident})"), line)),
            TokenTree::Group(group) => conditions(group.stream(), line, found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// How many tokens an item has that is only built for tests, with its attributes, if one begins
/// here.
fn test_item(tokens: &[TokenTree]) -> Option<usize> {
    let mut is_test = false;
    let mut at = 0;
    while let (true, Some(TokenTree::Group(attribute))) =
        (is_punct(tokens.get(at), '#'), tokens.get(at + 1))
    {
        is_test |= attribute.stream().to_string().replace(' ', "") == "cfg(test)";
        at += 2;
    }
    let first = match tokens.get(at) {
        Some(TokenTree::Ident(ident)) if is_test => ident.to_string(),
        _ => return None,
    };
    if !ITEMS.contains(&first.as_str()) {
        return None;
    }
    // What ends with a semicolon may have braces before it; everything else ends with its first.
    let words = tokens[at..].iter().map_while(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            Some(String::new())
        }
        _ => None,
    });
    let words: Vec<String> = words.collect();
    let is_function = words.iter().any(|word| word == "fn");
    let has_word = |kinds: &[&str]| words.iter().any(|word| kinds.contains(&word.as_str()));
    let ends_with_semicolon = !is_function && has_word(&["use", "const", "static", "type"]);
    let rest = tokens[at..].iter().position(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => !ends_with_semicolon && group.delimiter() == Delimiter::Brace,
        _ => false,
    });
    Some(at + rest? + 1)
}
