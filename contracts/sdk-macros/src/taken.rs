//! Names that a contract's method cannot have.

use syn::Ident;

use crate::docs::name;
use crate::method::Mistakes;

/// Names that mean something else in a Wasm module, beside those that begin with `_`.
const MEANINGFUL: [&str; 2] = ["memory", "main"];

/// Functions of the compiler's library. An export of such a name is lost, or stands for the
/// library's function.
const LIBRARY_FUNCTIONS: [&str; 8] = [
    "memcpy",
    "memmove",
    "memset",
    "memcmp",
    "bcmp",
    "strlen",
    "lgamma_r",
    "lgammaf_r",
];

/// Functions on floating-point numbers, which the compiler's library has for every width.
const FLOAT_FUNCTIONS: [&str; 19] = [
    "cbrt",
    "ceil",
    "copysign",
    "fabs",
    "fdim",
    "floor",
    "fma",
    "fmax",
    "fmaximum",
    "fmaximum_num",
    "fmin",
    "fminimum",
    "fminimum_num",
    "fmod",
    "rint",
    "round",
    "roundeven",
    "sqrt",
    "trunc",
];

/// More of them, which the library has for `wasm32-unknown-unknown` only.
const MORE_FLOAT_FUNCTIONS: [&str; 25] = [
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "cos", "cosh", "erf", "erfc", "exp", "exp2",
    "expm1", "hypot", "ldexp", "log", "log10", "log1p", "log2", "pow", "sin", "sinh", "tan",
    "tanh", "tgamma",
];

/// What follows the name for a width other than 64 bits.
const WIDTHS: [&str; 4] = ["", "f", "f16", "f128"];

/// Adds a mistake when a contract cannot export a method of this name.
pub(crate) fn check_export_name(ident: &Ident, mistakes: &mut Mistakes) {
    let name = name(ident);
    if let Some(why) = why_taken(&name) {
        mistakes.add(ident, &format!("{why}: choose another"));
    }
}

/// Why no method can have this name, if none can.
fn why_taken(name: &str) -> Option<&'static str> {
    if MEANINGFUL.contains(&name) || name.starts_with('_') {
        return Some("this name has a meaning in Wasm modules");
    }
    is_library_function(name).then_some(
        "the compiler's library has a function of this name, and the linker drops a method for it",
    )
}

fn is_library_function(name: &str) -> bool {
    let is_float_function = WIDTHS.iter().any(|width| {
        let function = name.strip_suffix(width).unwrap_or_default();
        FLOAT_FUNCTIONS.contains(&function) || MORE_FLOAT_FUNCTIONS.contains(&function)
    });
    is_float_function || LIBRARY_FUNCTIONS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::why_taken;

    #[test]
    fn functions_of_the_compilers_library_are_taken_in_every_width() {
        for name in [
            "round",
            "ceilf",
            "floorf16",
            "sqrtf128",
            "fmod",
            "fmaximum_numf",
            "truncf128",
            "pow",
            "logf",
            "memcpy",
        ] {
            let why = why_taken(name).unwrap_or_else(|| panic!("{name}"));
            assert!(why.starts_with("the compiler's library has"), "{why}");
        }
        for name in ["memory", "main", "_start"] {
            let why = why_taken(name).unwrap_or_else(|| panic!("{name}"));
            assert!(why.ends_with("meaning in Wasm modules"), "{why}");
        }
        for name in [
            "rounds",
            "ceiling",
            "f16",
            "f",
            "open_round",
            "powers",
            "init",
        ] {
            assert_eq!(why_taken(name), None, "{name}");
        }
    }
}
