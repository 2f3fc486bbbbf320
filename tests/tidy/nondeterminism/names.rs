//! Every name in a source that is built for use: paths, macros and pointers, with test code left out.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

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

/// Every name of the tokens, with the groups of `use` written out, and what is no name but counts
/// like one: `{:p}` in literals, floats, and `*` behind a path.
pub(super) fn names(tokens: TokenStream, found: &mut Vec<Found>) {
    names_below(tokens, "", false, found);
}

/// The names of what stands behind the path `prefix`. In a macro's arguments nothing is left out: the
/// macro may take the attribute away and keep the item.
fn names_below(tokens: TokenStream, prefix: &str, in_macro: bool, found: &mut Vec<Found>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut path = prefix.to_string();
    let mut colons = if prefix.is_empty() { 0 } else { 2 };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let (false, Some(item)) = (in_macro, test_item(&tokens[at..])) {
            at += item;
            continue;
        }
        let line = token.span().start().line;
        match token {
            TokenTree::Ident(ident) => {
                let name = name_of(ident);
                path = match colons {
                    2 if !path.is_empty() => format!("{path}::{name}"),
                    _ => name.clone(),
                };
                colons = 0;
                found.push((path.clone(), line));
                behind_name(&name, &tokens[at..], in_macro, found);
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                let inner = if colons == 2 { path.as_str() } else { "" };
                let in_macro = in_macro || is_argument(&tokens[..at]);
                names_below(group.stream(), inner, in_macro, found);
                colons = 0;
            }
            TokenTree::Punct(punct) => {
                if colons == 2 && punct.as_char() == '*' {
                    found.push((format!("{path}::*"), line));
                }
                behind_sign(punct.as_char(), &tokens[at + 1..], line, found);
                path = prefix.to_string();
                colons = if prefix.is_empty() { 0 } else { 2 };
            }
            TokenTree::Literal(literal) => {
                let is_index = !in_macro && is_field(&tokens[..at]);
                let what = match syn::Lit::new(literal.clone()) {
                    syn::Lit::Str(text) if formats_pointer(&text.value()) => Some(":p"),
                    syn::Lit::Float(_) if !is_index => Some(":float"),
                    syn::Lit::Int(number) if number.suffix().starts_with('f') => Some(":float"),
                    _ => None,
                };
                found.extend(what.map(|what| (what.to_string(), line)));
                colons = 0;
            }
        }
        at += 1;
    }
}

/// An identifier as it reads: `r#path` is `path`.
fn name_of(ident: &Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_string()
}

/// What a name, which is the first of the tokens, comes to with what is behind it.
fn behind_name(name: &str, tokens: &[TokenTree], in_macro: bool, found: &mut Vec<Found>) {
    let Some(line) = tokens.first().map(|token| token.span().start().line) else {
        return;
    };
    if is_macro(tokens) {
        found.push((format!("{name}!"), line));
    }
    if in_macro && name == "mod" && !has_braces(tokens) {
        found.push(("mod in a macro".to_string(), line));
    }
    let is_crate = matches!(tokens.get(1), Some(TokenTree::Ident(word)) if word == "crate");
    if name == "extern" && !is_crate {
        found.push(("extern block".to_string(), line));
    }
    if let ("raw", Some(TokenTree::Ident(kind))) = (name, tokens.get(1))
        && (kind == "const" || kind == "mut")
    {
        found.push((format!("raw {kind}"), line));
    }
    let Some(group) = condition(&tokens[1..]) else {
        return;
    };
    match name {
        "cfg" => words(group, ["cfg(", ")"], line, found),
        "cfg_attr" => {
            let is_comma = |token: &TokenTree| is_punct(Some(token), ',');
            let condition = group.into_iter().take_while(|token| !is_comma(token));
            words(condition.collect(), ["cfg(", ")"], line, found);
        }
        _ => {}
    }
}

/// Whether the module that begins here is written out: `mod name {` or `mod $name {`.
fn has_braces(tokens: &[TokenTree]) -> bool {
    let name = 1 + usize::from(is_punct(tokens.get(1), '$'));
    matches!(tokens.get(name + 1), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace)
}

/// What a sign comes to with what is behind it: the type of a pointer, or an attribute.
fn behind_sign(sign: char, tokens: &[TokenTree], line: usize, found: &mut Vec<Found>) {
    let inner = usize::from(is_punct(tokens.first(), '!'));
    match (sign, tokens.first(), tokens.get(inner)) {
        ('*', Some(TokenTree::Ident(kind)), _) if kind == "const" || kind == "mut" => {
            found.push((format!("*{kind}"), line));
        }
        ('#', _, Some(TokenTree::Group(attribute))) => {
            words(attribute.stream(), ["#[", "]"], line, found);
        }
        _ => {}
    }
}

/// Whether a text has a place for a pointer, whatever its width and fill: `{:p}`, `{x:#018p}`.
fn formats_pointer(text: &str) -> bool {
    text.split('{').skip(1).any(|place| {
        let place = place.split('}').next().unwrap_or_default();
        place
            .split_once(':')
            .is_some_and(|(_, how)| how.trim_end().ends_with('p'))
    })
}

/// Whether tokens end as those in front of a tuple's field: with one point, and not with two.
fn is_field(tokens: &[TokenTree]) -> bool {
    let mut back = tokens.iter().rev();
    is_punct(back.next(), '.') && !is_punct(back.next(), '.')
}

/// Whether tokens end as those in front of a macro's arguments: `name!` or `macro_rules! name`.
fn is_argument(tokens: &[TokenTree]) -> bool {
    let mut back = tokens.iter().rev().peekable();
    back.next_if(|token| matches!(token, TokenTree::Ident(_)));
    is_punct(back.next(), '!') && matches!(back.next(), Some(TokenTree::Ident(_)))
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

/// The words of a condition or an attribute, as `cfg(word)` or `#[word]`.
fn words(tokens: TokenStream, around: [&str; 2], line: usize, found: &mut Vec<Found>) {
    let [before, behind] = around;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                found.push((format!("{before}{}{behind}", name_of(&ident)), line));
            }
            TokenTree::Group(group) => words(group.stream(), around, line, found),
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
