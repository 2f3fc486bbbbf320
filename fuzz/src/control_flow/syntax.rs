//! The tree that a generated module is, small enough to be cut down and printed.
//!
//! Expressions leave one value on the operand stack, statements none. Labels that take no values
//! are numbered within a function and named by statements anywhere below them; labels that take
//! values belong to the forms that have them and are not named from outside.

/// A value type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `i32`.
    I32,
    /// `i64`.
    I64,
}

impl Type {
    /// The type's name in the text format.
    pub fn name(self) -> &'static str {
        match self {
            Type::I32 => "i32",
            Type::I64 => "i64",
        }
    }
}

/// A label without values, by its number within the function.
pub type Label = u32;

/// Code that leaves one value.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The value's type.
    pub ty: Type,
    /// How it comes about.
    pub form: Form,
}

/// The forms of expressions.
#[derive(Clone, Debug)]
pub enum Form {
    /// Operands, then one instruction in the text format.
    Operator(String, Vec<Expression>),
    /// `if` with a result: condition, then, else.
    If(Box<[Expression; 3]>),
    /// A block with a result that `br_if` leaves with the first expression when the second holds;
    /// otherwise the third is the result.
    Escape(Box<[Expression; 3]>),
    /// Two blocks with a result each, left by `br_table` with the first expression, by the index
    /// that the second gives; the inner block's result passes through an addition with the third.
    Table(Box<[Expression; 3]>),
}

/// Code that leaves nothing.
#[derive(Clone, Debug)]
pub enum Statement {
    /// Operands, then instructions in the text format that take them.
    Do(Vec<Expression>, Vec<String>),
    /// `if` with both arms; the label is behind its end.
    If(Label, Expression, Vec<Statement>, Vec<Statement>),
    /// A block.
    Block(Label, Vec<Statement>),
    /// A loop.
    Loop(Label, Vec<Statement>),
    /// `br`.
    Branch(Label),
    /// `br_if`.
    BranchIf(Label, Expression),
    /// `br_table`; the last label is the default.
    BranchTable(Vec<Label>, Expression),
    /// The value lies on the operand stack while the statements run, then it is dropped.
    Hold(Expression, Vec<Statement>),
    /// Leaves the function with its results: always by `return`, or by a branch to the function's
    /// label when a condition holds.
    Leave(Vec<Expression>, Option<Expression>),
}

/// A function.
#[derive(Clone, Debug)]
pub struct Function {
    /// The position of its type in [`SIGNATURES`].
    pub signature: usize,
    /// The declared locals.
    pub locals: Vec<Type>,
    /// The code.
    pub body: Vec<Statement>,
    /// What is left at the end.
    pub results: Vec<Expression>,
    /// Whether it is exported, as `f` and its position.
    pub exported: bool,
}

/// A module.
#[derive(Clone, Debug)]
pub struct Module {
    /// Pages that the memory starts with; it may grow by two more.
    pub memory_pages: u32,
    /// The functions.
    pub functions: Vec<Function>,
    /// The table: functions by their names in the text, or an empty entry.
    pub table: Vec<Option<String>>,
}

/// The types that functions may have: parameters and results.
pub const SIGNATURES: [(&[Type], &[Type]); 6] = [
    (&[], &[]),
    (&[Type::I32], &[Type::I32]),
    (&[Type::I32, Type::I64], &[Type::I32]),
    (&[Type::I64], &[Type::I64]),
    (&[Type::I32, Type::I32], &[Type::I32, Type::I64]),
    // The type of some of the host functions.
    (&[], &[Type::I64]),
];

/// The host functions that every generated module imports: name, parameters, result.
pub const IMPORTS: [(&str, &[Type], Option<Type>); 7] = [
    ("gas_left", &[], Some(Type::I64)),
    ("block_height", &[], Some(Type::I64)),
    ("is_read_only", &[], Some(Type::I32)),
    ("caller", &[Type::I32], None),
    ("emit_event", &[Type::I32; 4], None),
    ("storage_read", &[Type::I32; 4], Some(Type::I32)),
    ("return", &[Type::I32; 2], None),
];

/// The mutable globals of every generated module.
pub const GLOBALS: [Type; 2] = [Type::I32, Type::I64];

/// The length of the passive data segment 0, in bytes.
pub const SEGMENT_BYTES: usize = 24;
