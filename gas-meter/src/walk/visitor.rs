//! One operator on its way through validation.
//!
//! The parser decodes an operator and calls the visitor's method for it. Each method here is made
//! from the parser's list: it has the validator's method called first, and tells the loop around
//! what the operator was. The class is a constant in each of them, and that is all that a plain
//! operator takes besides validation; one that shapes the code is kept for the loop around, which
//! knows where it ends.

use wasmparser::{BinaryReaderError, Operator, VisitOperator};

use crate::analysis::{Top, is_far_store};
use crate::operator::{Class, Decision, decisions};
use crate::schedule::WasmPrices;

/// What the loop around does about an operator that is valid and accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Counts its price, and keeps in mind what it leaves on top of the operand stack.
    Plain(Top),
    /// Hands it to the analysis with what was kept for it.
    Other,
}

/// Validates one operator with `rules`, and classifies it.
pub(super) struct ValidatedAnd<'w, 'a, V> {
    /// The validator's visitor.
    pub(super) rules: V,
    /// What operators cost.
    pub(super) prices: &'w WasmPrices,
    /// Where the operator goes if it is not a plain one, or a `nop`.
    pub(super) other: &'w mut Option<(Class, Operator<'a>)>,
}

/// Expands the parser's list into the visitor's methods.
macro_rules! visit_each {
    ($(@$proposal:ident $op:ident $({ $($argument:ident: $type:ty),* })? => $visit:ident ($($ann:tt)*))*) => {$(
        fn $visit(&mut self $($(, $argument: $type)*)?) -> Option<(Kind, u64)> {
            let Decision::Accepted(class) = decisions::$visit else {
                return None;
            };
            if self.rules.$visit($($($argument.clone()),*)?).is_err() {
                return None;
            }
            let operator = Operator::$op $({ $($argument),* })?;
            let kind = match operator {
                _ if !class.is_plain() || is_far_store(&operator) => Kind::Other,
                Operator::Nop => Kind::Other,
                _ => Kind::Plain(Top::behind(&operator, class)),
            };
            if kind == Kind::Other {
                *self.other = Some((class, operator));
            }
            Some((kind, self.prices.of(class)))
        }
    )*};
}

/// What is refused, by the policy or by the validator, yields nothing. Vector operators have a
/// visitor of their own, which this one does not offer: they are refused.
impl<'a, V> VisitOperator<'a> for ValidatedAnd<'_, 'a, V>
where
    V: VisitOperator<'a, Output = Result<(), BinaryReaderError>>,
{
    type Output = Option<(Kind, u64)>;

    wasmparser::for_each_visit_operator!(visit_each);
}
