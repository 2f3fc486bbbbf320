//! A generated module in the text format, one instruction per line.

use std::fmt::Write;

use super::syntax::{
    Expression, Form, Function, GLOBALS, IMPORTS, Label, Module, SEGMENT_BYTES, SIGNATURES,
    Statement, Type,
};

/// The module as text.
pub fn print(module: &Module) -> String {
    let mut text = String::from("(module\n");
    for (position, (params, results)) in SIGNATURES.iter().enumerate() {
        let list = signature(params, results);
        line(&mut text, 1, &format!("(type $t{position} (func{list}))"));
    }
    for (name, params, result) in IMPORTS {
        let list = signature(params, result.as_slice());
        line(
            &mut text,
            1,
            &format!("(import \"lockstep\" \"{name}\" (func ${name}{list}))"),
        );
    }
    let pages = module.memory_pages;
    line(&mut text, 1, &format!("(memory {pages} {})", pages + 2));
    for (position, ty) in GLOBALS.iter().enumerate() {
        let ty = ty.name();
        line(
            &mut text,
            1,
            &format!("(global $g{position} (mut {ty}) ({ty}.const 3))"),
        );
    }
    table(&mut text, module);
    line(
        &mut text,
        1,
        "(data (i32.const 64) \"lockstep\\01\\ff\\00\\80\")",
    );
    let mut functions = String::new();
    for (position, function) in module.functions.iter().enumerate() {
        Printer::new(&mut functions).function(position, function);
    }
    // Only where it is used, so that an engine without passive segments can run the others.
    if functions.contains("memory.init") || functions.contains("data.drop 1") {
        let bytes = "\\a5".repeat(SEGMENT_BYTES);
        line(&mut text, 1, &format!("(data \"{bytes}\")"));
    }
    text.push_str(&functions);
    text.push_str(")\n");
    text
}

fn line(text: &mut String, depth: usize, content: &str) {
    let _ = writeln!(text, "{:indent$}{content}", "", indent = 2 * depth);
}

fn signature(params: &[Type], results: &[Type]) -> String {
    let list = |keyword: &str, types: &[Type]| match types {
        [] => String::new(),
        _ => {
            let names: Vec<&str> = types.iter().map(|ty| ty.name()).collect();
            format!(" ({keyword} {})", names.join(" "))
        }
    };
    list("param", params) + &list("result", results)
}

/// The table, filled by one segment per entry that is not empty.
fn table(text: &mut String, module: &Module) {
    line(text, 1, &format!("(table {} funcref)", module.table.len()));
    for (index, entry) in module.table.iter().enumerate() {
        if let Some(function) = entry {
            line(text, 1, &format!("(elem (i32.const {index}) {function})"));
        }
    }
}

/// The state while a function is printed.
struct Printer<'a> {
    text: &'a mut String,
    /// How many blocks are open, the function itself not counted.
    depth: usize,
}

impl Printer<'_> {
    fn new(text: &mut String) -> Printer<'_> {
        Printer { text, depth: 0 }
    }

    fn put(&mut self, content: &str) {
        line(self.text, 2 + self.depth, content);
    }

    fn open(&mut self, content: &str) {
        self.put(content);
        self.depth += 1;
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.put("end");
    }

    fn function(&mut self, position: usize, function: &Function) {
        let export = match function.exported {
            true => format!(" (export \"f{position}\")"),
            false => String::new(),
        };
        let ty = function.signature;
        line(
            self.text,
            1,
            &format!("(func $f{position}{export} (type $t{ty})"),
        );
        let locals: Vec<&str> = function.locals.iter().map(|ty| ty.name()).collect();
        if !locals.is_empty() {
            self.put(&format!("(local {})", locals.join(" ")));
        }
        self.statements(&function.body);
        self.expressions(&function.results);
        line(self.text, 1, ")");
    }

    fn expressions(&mut self, expressions: &[Expression]) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        let result = format!("(result {})", expression.ty.name());
        match &expression.form {
            Form::Operator(instruction, operands) => {
                self.expressions(operands);
                self.put(instruction);
            }
            Form::If(parts) => {
                let [condition, first, second] = parts.as_ref();
                self.expression(condition);
                self.open(&format!("if {result}"));
                self.expression(first);
                self.alternate();
                self.expression(second);
                self.close();
            }
            Form::Escape(parts) => {
                let [value, condition, other] = parts.as_ref();
                self.open(&format!("block {result}"));
                self.expression(value);
                self.expression(condition);
                self.put("br_if 0");
                self.put("drop");
                self.expression(other);
                self.close();
            }
            Form::Table(parts) => {
                let [value, index, other] = parts.as_ref();
                self.open(&format!("block {result}"));
                self.open(&format!("block {result}"));
                self.expression(value);
                self.expression(index);
                self.put("br_table 0 1 0");
                self.close();
                self.expression(other);
                self.put(&format!("{}.add", expression.ty.name()));
                self.close();
            }
        }
    }

    fn alternate(&mut self) {
        self.depth -= 1;
        self.put("else");
        self.depth += 1;
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Do(operands, instructions) => {
                self.expressions(operands);
                for instruction in instructions {
                    self.put(instruction);
                }
            }
            Statement::If(label, condition, first, second) => {
                self.expression(condition);
                self.open(&format!("if $l{label}"));
                self.statements(first);
                if !second.is_empty() {
                    self.alternate();
                    self.statements(second);
                }
                self.close();
            }
            Statement::Block(label, body) => self.block("block", *label, body),
            Statement::Loop(label, body) => self.block("loop", *label, body),
            Statement::Branch(label) => self.put(&format!("br $l{label}")),
            Statement::BranchIf(label, condition) => {
                self.expression(condition);
                self.put(&format!("br_if $l{label}"));
            }
            Statement::BranchTable(labels, index) => {
                self.expression(index);
                let labels: Vec<String> = labels.iter().map(|label| format!("$l{label}")).collect();
                self.put(&format!("br_table {}", labels.join(" ")));
            }
            Statement::Hold(value, body) => {
                self.expression(value);
                self.statements(body);
                self.put("drop");
            }
            Statement::Leave(values, condition) => self.leave(values, condition.as_ref()),
        }
    }

    fn block(&mut self, kind: &str, label: Label, body: &[Statement]) {
        self.open(&format!("{kind} $l{label}"));
        self.statements(body);
        self.close();
    }

    fn leave(&mut self, values: &[Expression], condition: Option<&Expression>) {
        self.expressions(values);
        match condition {
            None => self.put("return"),
            Some(condition) => {
                self.expression(condition);
                self.put(&format!("br_if {}", self.depth));
                for _ in values {
                    self.put("drop");
                }
            }
        }
    }
}
