;; wasmi 0.36.2 and 0.37.0 (#1213): select with a constant condition, or with equal operands, was
;; folded to the wrong operand. The first operand is chosen when the condition is not zero.
;; = constant_true(1, 2) returns 1
;; = constant_false(1, 2) returns 2
;; = constant_negative(1, 2) returns 1
;; = constant_operands(0) returns 20
;; = constant_operands(1) returns 10
;; = constant_operands(0x80000000) returns 10
;; = half_constant(3, 0) returns 9
;; = half_constant(3, 4) returns 3
;; = wide(0) returns -2
;; = wide(2) returns 0x7fffffffffffffff
;; = equal(7, 0) returns 7
;; = from_a_set_local(5, 1) returns 5
;; = from_a_set_local(5, 0) returns 6
(module
  (func (export "constant_true") (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.const 1)))
  (func (export "constant_false") (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.const 0)))
  (func (export "constant_negative") (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.const -1)))
  (func (export "constant_operands") (param i32) (result i32)
    (select (i32.const 10) (i32.const 20) (local.get 0)))
  (func (export "half_constant") (param i32 i32) (result i32)
    (select (local.get 0) (i32.const 9) (local.get 1)))
  (func (export "wide") (param i32) (result i64)
    (select (i64.const 0x7fffffffffffffff) (i64.const -2) (local.get 0)))
  (func (export "equal") (param i64 i32) (result i64)
    (select (local.get 0) (local.get 0) (local.get 1)))
  (func (export "from_a_set_local") (param i32 i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0)
    (local.get 1)
    (select)))
