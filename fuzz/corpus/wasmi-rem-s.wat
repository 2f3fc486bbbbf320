;; wasmi 1.0.4: rem_s trapped with an overflow for some dividends and a divisor of -1. The remainder
;; is 0 for every dividend, also where the quotient does not fit and div_s must trap.
;; = rem32(0x7fffffff, -1) returns 0
;; = rem32(0x80000000, -1) returns 0
;; = rem32(-7, 2) returns -1
;; = rem32(7, -2) returns 1
;; = rem32(7, 0) traps DivisionByZero
;; = rem64(0x7fffffffffffffff, -1) returns 0
;; = rem64(0x8000000000000000, -1) returns 0
;; = rem64(-7, 4) returns -3
;; = rem64(1, 0) traps DivisionByZero
;; = rem_by_constant(0x80000000) returns 0
;; = rem_by_constant(0x7fffffff) returns 0
;; = rem_of_constant(-1) returns 0
;; = div32(0x80000000, -1) traps IntegerOverflow
;; = div32(0x7fffffff, -1) returns 0x80000001
;; = div64(0x8000000000000000, -1) traps IntegerOverflow
;; = div64(0x7fffffffffffffff, -1) returns 0x8000000000000001
(module
  (func (export "rem32") (param i32 i32) (result i32) (i32.rem_s (local.get 0) (local.get 1)))
  (func (export "rem64") (param i64 i64) (result i64) (i64.rem_s (local.get 0) (local.get 1)))
  (func (export "rem_by_constant") (param i32) (result i32)
    (i32.rem_s (local.get 0) (i32.const -1)))
  (func (export "rem_of_constant") (param i64) (result i64)
    (i64.rem_s (i64.const 0x7fffffffffffffff) (local.get 0)))
  (func (export "div32") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "div64") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1))))
