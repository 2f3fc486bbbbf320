;; RUSTSEC-2022-0101 (Cranelift on aarch64): divisions by constants gave wrong results, because the
;; constant was not extended as the division needs it.
;; = by_seven(-22) returns -3
;; = by_minus_two(7) returns -3
;; = unsigned_by_minus_two(-1) returns 1
;; = unsigned_by_minus_two(-3) returns 0
;; = wide_by_constant(-10) returns -3
;; = wide_unsigned(-1) returns 0x5555555555555555
;; = remainder(-22) returns -1
;; = of_constant(-1) returns 128
;; = of_constant(0) traps DivisionByZero
;; = by_zero(1) traps DivisionByZero
;; = by_minus_one(0x80000000) traps IntegerOverflow
;; = by_power(-9) returns -2, 0x3ffffffd
(module
  (func (export "by_seven") (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 7)))
  (func (export "by_minus_two") (param i32) (result i32)
    (i32.div_s (local.get 0) (i32.const -2)))
  (func (export "unsigned_by_minus_two") (param i32) (result i32)
    (i32.div_u (local.get 0) (i32.const -2)))
  (func (export "wide_by_constant") (param i64) (result i64)
    (i64.div_s (local.get 0) (i64.const 3)))
  (func (export "wide_unsigned") (param i64) (result i64)
    (i64.div_u (local.get 0) (i64.const 3)))
  (func (export "remainder") (param i32) (result i32) (i32.rem_s (local.get 0) (i32.const 7)))
  (func (export "of_constant") (param i32) (result i32)
    (i32.div_s (i32.const -128) (local.get 0)))
  (func (export "by_zero") (param i32) (result i32) (i32.div_u (local.get 0) (i32.const 0)))
  (func (export "by_minus_one") (param i32) (result i32)
    (i32.div_s (local.get 0) (i32.const -1)))
  (func (export "by_power") (param i32) (result i32 i32)
    (i32.div_s (local.get 0) (i32.const 4))
    (i32.div_u (local.get 0) (i32.const 4))))
