//! Tests: what the macros say about mistakes, and that they point at the right place.

use std::str::FromStr;

use proc_macro2::TokenStream;

use crate::{contract, data, event, interface, storage};

/// The mistakes that a macro reports, each as the source text it points at and its message.
fn mistakes(expanded: syn::Result<TokenStream>) -> Vec<(String, String)> {
    let Err(errors) = expanded else {
        panic!("the macro accepted it")
    };
    let place = |error: &syn::Error| error.span().source_text().expect("the place has a source");
    errors
        .into_iter()
        .map(|error| (place(&error), error.to_string()))
        .collect()
}

fn tokens(source: &str) -> TokenStream {
    TokenStream::from_str(source).expect("the source has tokens")
}

/// Asserts that exactly these mistakes are found, each at its place, with a part of its message.
fn assert_mistakes(expanded: syn::Result<TokenStream>, expected: &[(&str, &str)]) {
    let found = mistakes(expanded);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((place, message), (expected_place, part)) in found.iter().zip(expected) {
        assert_eq!(place, expected_place, "{message}");
        assert!(message.contains(part), "{message}");
    }
}

fn contract_mistakes(source: &str, expected: &[(&str, &str)]) {
    assert_mistakes(
        contract::expand(TokenStream::new(), tokens(source)),
        expected,
    );
}

#[test]
fn every_mistake_in_a_contract_is_reported_at_its_place() {
    contract_mistakes(
        "impl Token {
            pub fn name(&self, text: &str) {}
            pub async fn wait(&mut self) {}
            pub fn all<T>(&self, items: Vec<T>) {}
            pub fn take(self) {}
            pub fn make() -> Self { Token }
            pub fn pair(&self, (a, b): (u8, u8)) {}
            pub unsafe extern \"C\" fn raw(&self) {}
            pub fn list(&self) -> impl Iterator<Item = u8> { [].into_iter() }
            make!(hidden);
        }",
        &[
            ("&str", "it is owned"),
            ("async", "cannot be async"),
            ("<T>", "cannot be generic"),
            ("self", "takes `&self` or `&mut self`"),
            ("make", "takes `&self` or `&mut self`"),
            ("(a, b)", "one name"),
            ("unsafe", "cannot be unsafe"),
            ("extern \"C\"", "leave out `extern`"),
            ("impl Iterator<Item = u8>", "name the type"),
            ("make!(hidden);", "write them out"),
        ],
    );
}

#[test]
fn names_and_lifecycle_methods_are_checked() {
    contract_mistakes(
        "impl Token {
            pub fn memory(&self) {}
            pub fn _start(&self) {}
            pub fn init(&self) {}
            pub fn r#upgraded(&mut self) {}
            #[payable]
            pub fn look(&self) {}
            #[payable]
            fn inner(&mut self) {}
            #[invariant]
            pub fn changes(&mut self) -> bool { true }
            #[invariant]
            pub fn asks(&self, what: u8) -> bool { true }
            #[invariant]
            fn hidden(&self) -> bool { true }
            pub fn round(&self) {}
            #[invariant]
            pub fn fallible(&self) -> Result<bool, u8> { Ok(true) }
            #[invariant]
            pub fn silent(&self) {}
        }",
        &[
            ("memory", "choose another"),
            ("_start", "choose another"),
            ("init", "take `&mut self`"),
            ("r#upgraded", "without `r#`"),
            ("look", "a payable method takes `&mut self`"),
            ("inner", "only a `pub` method"),
            ("changes", "an invariant takes `&self` and nothing else"),
            ("asks", "an invariant takes `&self` and nothing else"),
            ("hidden", "only a `pub` method can be an invariant"),
            ("round", "library has a function of this name"),
            ("Result<bool, u8>", "an invariant returns `bool`"),
        ],
    );
}

#[test]
fn conditions_and_arguments_of_markers_are_refused() {
    contract_mistakes(
        "impl Token {
            #[cfg(feature = \"x\")]
            pub fn a(&self, #[cfg(test)] b: u8) {}
            #[cfg_attr(test, payable)]
            pub fn c(&mut self) {}
            #[payable(false)]
            pub fn d(&mut self) {}
            #[invariant = false]
            pub fn e(&self) -> bool { true }
            #[cfg(test)]
            fn inner(&self, #[cfg(test)] f: u8) {}
        }",
        &[
            ("#[cfg(feature = \"x\")]", "in every build"),
            ("#[cfg(test)]", "in every build"),
            ("#[cfg_attr(test, payable)]", "in every build"),
            ("#[payable(false)]", "takes no arguments"),
            ("#[invariant = false]", "takes no arguments"),
        ],
    );
    contract_mistakes(
        "#[cfg(test)] impl Token { pub fn a(&self) {} }",
        &[("#[cfg(test)]", "above the macro's attribute")],
    );
    let conditional = tokens("#[cfg(test)] trait Token { fn a(&self); }");
    assert_mistakes(
        interface::expand(TokenStream::new(), conditional),
        &[("#[cfg(test)]", "above the macro's attribute")],
    );
    assert_mistakes(
        event::expand(tokens("struct E { #[topic(false)] a: u8 }")),
        &[("#[topic(false)]", "takes no arguments")],
    );
}

#[test]
fn the_block_and_the_arguments_are_checked() {
    contract_mistakes(
        "impl Show for Token { pub fn a(&self) {} }",
        &[("Show", "without a trait")],
    );
    contract_mistakes(
        "impl<T> Token<T> { pub fn a(&self) {} }",
        &[("<T>", "cannot be generic")],
    );
    contract_mistakes(
        "impl Token { fn a(&self) {} }",
        &[("Token", "a `pub` method at least")],
    );
    let block = || tokens("impl Token { pub fn a(&self) {} }");
    let expected = [("evnts", "expected `events(EventA, EventB)`")];
    assert_mistakes(contract::expand(tokens("evnts(A)"), block()), &expected);
    assert!(contract::expand(tokens("events(A, b::B,)"), block()).is_ok());
}

#[test]
fn storage_fields_are_checked() {
    let source = "struct Token {
        #[key = \"b\"] a: Item<u8>,
        b: Item<u8>,
        #[key = \"x:y\"] c: Item<u8>,
        #[key(d)] d: Item<u8>,
        #[key = 5] e: Item<u8>,
        #[key = \"f\"] #[key = \"g\"] h: Item<u8>,
    }";
    let expected = [
        ("b", "under one name"),
        ("\"x:y\"", "letters, digits"),
        ("key(d)", "expected `#[key"),
        ("5", "expected `#[key"),
        ("#[key = \"g\"]", "one `#[key]`"),
    ];
    assert_mistakes(storage::expand(tokens(source)), &expected);
    let expected = [("Token", "name it")];
    assert_mistakes(
        storage::expand(tokens("struct Token(Item<u8>);")),
        &expected,
    );
    assert_mistakes(
        storage::expand(tokens("enum Token {}")),
        &[("Token", "is a struct")],
    );
}

#[test]
fn events_are_checked() {
    let source = "struct Much {
        #[topic] a: u8, #[topic] b: u8, #[topic] c: u8, #[topic] d: u8,
    }";
    assert_mistakes(
        event::expand(tokens(source)),
        &[("#[topic] d: u8", "at most 3 topics")],
    );
    let name = "AnEventWithANameOfMoreThan32Bytes";
    let source = format!("struct {name};");
    assert_mistakes(
        event::expand(tokens(&source)),
        &[(name, "at most 32 bytes")],
    );
    assert_mistakes(
        event::expand(tokens("enum E { A }")),
        &[("E", "an event is a struct")],
    );
}

#[test]
fn data_types_are_checked() {
    let source = "enum E {
        A(#[codec(compact)] u32),
        #[codec(skip)] B,
        #[codec(index = 300)] C,
        #[codec(index = 1)] #[codec(skip)] D,
        #[codec(index = 2)] #[codec(index = 3)] F,
    }";
    let expected = [
        ("#[codec(compact)]", "another encoding"),
        ("skip", "`index = NUMBER` only"),
        ("300", "number too large"),
        ("skip", "`index = NUMBER` only"),
        ("index = 3", "one index"),
    ];
    assert_mistakes(data::describe(tokens(source)), &expected);
    let source = "enum E { A, B = 5, C, #[codec(index = 9)] D, F = 6, G }";
    let expected = [("C", "states its own"), ("G", "states its own")];
    assert_mistakes(data::describe(tokens(source)), &expected);
    let expected = [("<T>", "cannot be generic")];
    assert_mistakes(data::describe(tokens("struct S<T>(T);")), &expected);
    assert_mistakes(
        data::describe(tokens("union U { a: u8 }")),
        &[("U", "no encoding")],
    );
    let expected = [("all", "takes no arguments")];
    assert_mistakes(
        data::attribute(tokens("all"), tokens("struct S;")),
        &expected,
    );
}

#[test]
fn interfaces_are_checked() {
    let source = "#[derive(Hash)] trait Token: Named + Sized where Self: Copy {
        const A: u8;
        fn a(&self) -> u8 { 1 }
        fn b(&mut self, text: &[u8]);
        fn init(&mut self);
        fn upgraded(&mut self);
        #[cfg(test)]
        fn c(&self);
        fn round(&self);
        #[payable]
        fn pay(&mut self);
        /// Documented.
        #[must_use] #[inline]
        fn d(&self);
        fn at(&self);
    }";
    let expected = [
        ("#[derive(Hash)]", "would be lost"),
        ("Named + Sized", "no supertraits"),
        ("where Self: Copy", "no bounds"),
        ("const A: u8;", "methods only"),
        ("{ 1 }", "has no body"),
        ("&[u8]", "it is owned"),
        ("init", "no call can name"),
        ("upgraded", "no call can name"),
        ("#[cfg(test)]", "in every build"),
        ("#[payable]", "Token::at(token).with_value(5)"),
        ("#[must_use]", "would be lost"),
        ("#[inline]", "would be lost"),
        ("at", "Remote::at(contract).call(\"at\""),
    ];
    assert_mistakes(
        interface::expand(TokenStream::new(), tokens(source)),
        &expected,
    );
}
