//! Names that a contract's method cannot have.

use syn::Ident;

use crate::docs::name;
use crate::method::Mistakes;

/// Names that the linker or the compiler's library gives to something else in the Wasm module. An
/// export of such a name is lost, or stands for the library's function.
const TAKEN: [&str; 10] = [
    "memory",
    "main",
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
    if is_taken(&name) {
        mistakes.add(
            ident,
            "this name has a meaning in Wasm modules: choose another",
        );
    }
}

fn is_taken(name: &str) -> bool {
    let is_float_function = WIDTHS.iter().any(|width| {
        let function = name.strip_suffix(width).unwrap_or_default();
        FLOAT_FUNCTIONS.contains(&function) || MORE_FLOAT_FUNCTIONS.contains(&function)
    });
    is_float_function || TAKEN.contains(&name) || name.starts_with('_')
}

#[cfg(test)]
mod tests {
    use super::is_taken;

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
            "_start",
        ] {
            assert!(is_taken(name), "{name}");
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
            assert!(!is_taken(name), "{name}");
        }
    }
}
