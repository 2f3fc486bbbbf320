;; wasmer #3940 (singlepass): functions and blocks with several results gave wrong ones. Blocks with
;; several results are refused; `wasmi-1779-merged-copies.wat` has functions.
;; = refused block-result-count
(module
  (func $two (export "two") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "six") (result i32 i64 i32 i64 i32 i64)
    (i32.const 1) (i64.const 2) (i32.const 3) (i64.const 4) (i32.const 5) (i64.const 6))
  (func $apart (param i32) (result i32 i32)
    (i32.add (local.get 0) (i32.const 3))
    (i32.sub (local.get 0) (i32.const 3)))
  (func (export "through_a_call") (param i32) (result i32 i32)
    (call $apart (local.get 0)))
  (func (export "from_an_if") (param i32) (result i32 i64)
    (if (result i32 i64) (local.get 0)
      (then (i32.const 1) (i64.const 2))
      (else (i32.const 3) (i64.const 4))))
  (func (export "from_a_branch") (param i32) (result i32 i64)
    (block (result i32 i64)
      (br_if 0 (i32.const 8) (i64.const 9) (local.get 0))
      (drop) (drop)
      (i32.const 6) (i64.const 7))))
