;; wasmi 2.0 beta (#1973): fusing a comparison with the branch behind it, the translator looked at an
;; operator that is no comparison. A branch must go by its condition, whatever made it.
;; = by_comparison(1, 2) returns 1
;; = by_comparison(2, 1) returns 0
;; = by_wide(0x100000000) returns 0
;; = by_wide(0) returns 1
;; = by_difference(4, 4) returns 0
;; = by_difference(4, 5) returns 1
;; = by_wrapped(0x100000000) returns 0
;; = by_wrapped(0x100000001) returns 1
;; = by_load(0) returns 0
;; = by_load(8) returns 1
;; = by_local_set_between(1, 2) returns 1
(module
  (memory 1)
  (data (i32.const 8) "\01")
  (func (export "by_comparison") (param i32 i32) (result i32)
    (block (br_if 0 (i32.lt_s (local.get 0) (local.get 1))) (return (i32.const 0)))
    (i32.const 1))
  (func (export "by_wide") (param i64) (result i32)
    (block (br_if 0 (i64.eqz (local.get 0))) (return (i32.const 0)))
    (i32.const 1))
  (func (export "by_difference") (param i32 i32) (result i32)
    (block (br_if 0 (i32.sub (local.get 0) (local.get 1))) (return (i32.const 0)))
    (i32.const 1))
  (func (export "by_wrapped") (param i64) (result i32)
    (block (br_if 0 (i32.wrap_i64 (local.get 0))) (return (i32.const 0)))
    (i32.const 1))
  (func (export "by_load") (param i32) (result i32)
    (block (br_if 0 (i32.load8_u (local.get 0))) (return (i32.const 0)))
    (i32.const 1))
  (func (export "by_local_set_between") (param i32 i32) (result i32)
    (block
      (i32.lt_s (local.get 0) (local.get 1))
      (local.set 0 (i32.const 9))
      (br_if 0)
      (return (i32.const 0)))
    (i32.const 1)))
