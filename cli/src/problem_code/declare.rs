//! From the table of problems to the enum.

/// Declares the enum, its names and its explanations from one table.
macro_rules! problem_codes {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal, $explanation:literal;)*) => {
        /// A kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemCode {
            $(#[doc = $doc] $variant,)*
        }

        impl ProblemCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$variant,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ProblemCode::$variant => $name,)*
                }
            }

            /// What it means and what to do, in full sentences.
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(ProblemCode::$variant => $explanation,)*
                }
            }
        }
    };
}

pub(super) use problem_codes;
