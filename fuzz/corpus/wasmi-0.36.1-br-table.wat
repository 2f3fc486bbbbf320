;; wasmi 0.36.0: an optimisation of br_table took the wrong target; it was taken out in 0.36.1. Every
;; index must lead to its own target and every other one to the default, as an unsigned number.
;; = digit(0) returns 100
;; = digit(1) returns 101
;; = digit(2) returns 102
;; = digit(3) returns 103
;; = digit(4) returns 103
;; = digit(-1) returns 103
;; = digit(0x80000000) returns 103
;; = same(0) returns 7
;; = same(9) returns 7
;; = only_default(0) returns 5
;; = only_default(-1) returns 5
;; = carries(0, 50) returns 51
;; = carries(1, 50) returns 52
;; = carries(2, 50) returns 50
(module
  (func (export "digit") (param i32) (result i32)
    (block $default
      (block $two
        (block $one
          (block $zero
            (br_table $zero $one $two $default (local.get 0)))
          (return (i32.const 100)))
        (return (i32.const 101)))
      (return (i32.const 102)))
    (i32.const 103))
  (func (export "same") (param i32) (result i32)
    (block $out (br_table $out $out $out (local.get 0)))
    (i32.const 7))
  (func (export "only_default") (param i32) (result i32)
    (block $out (result i32)
      (br_table $out (i32.const 5) (local.get 0))))
  (func (export "carries") (param i32 i32) (result i32)
    (block $default (result i32)
      (block $one (result i32)
        (block $zero (result i32)
          (br_table $zero $one $default (local.get 1) (local.get 0)))
        (return (i32.add (i32.const 1))))
      (return (i32.add (i32.const 2))))))
