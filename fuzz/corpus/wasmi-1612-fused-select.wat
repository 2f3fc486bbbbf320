;; wasmi 0.49.0 (#1612): a negated comparison of floats that was fused with a select chose the wrong
;; operand. Floats are refused (wasmi-1612-floats); the same shape with integers must choose right.
;; = not_less(1, 2) returns 20
;; = not_less(2, 2) returns 10
;; = not_less(-1, 0) returns 20
;; = not_less_unsigned(-1, 0) returns 10
;; = not_equal(3, 3) returns 20
;; = not_equal(3, 4) returns 10
;; = not_wide(0x100000000, 0) returns 10
;; = not_wide(0, 0x100000000) returns 20
;; = not_test(4, 3) returns 10
;; = not_test(5, 1) returns 20
(module
  (func (export "not_less") (param i32 i32) (result i32)
    (select (i32.const 10) (i32.const 20) (i32.eqz (i32.lt_s (local.get 0) (local.get 1)))))
  (func (export "not_less_unsigned") (param i32 i32) (result i32)
    (select (i32.const 10) (i32.const 20) (i32.eqz (i32.lt_u (local.get 0) (local.get 1)))))
  (func (export "not_equal") (param i32 i32) (result i64)
    (select (i64.const 10) (i64.const 20) (i32.eqz (i32.eq (local.get 0) (local.get 1)))))
  (func (export "not_wide") (param i64 i64) (result i32)
    (select (i32.const 10) (i32.const 20) (i32.eqz (i64.lt_u (local.get 0) (local.get 1)))))
  (func (export "not_test") (param i32 i32) (result i32)
    (select (i32.const 10) (i32.const 20) (i32.eqz (i32.and (local.get 0) (local.get 1))))))
