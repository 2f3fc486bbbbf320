;; wasm-instrument #1 and #2: entering a function and its locals cost nothing. Each
;; entry costs 4 and 1 for each declared local, however the function is reached; a call 12, an
;; indirect call 8.
;; = leaf(5) returns 6 using 8 gas
;; = call(5) returns 6 using 25 gas
;; = indirect(5) returns 6 using 22 gas
;; = twice(5) returns 7 using 45 gas
;; = many_locals() returns 0 using 26 gas
(module
  (type $leaf (func (param i32) (result i32)))
  (table 1 1 funcref)
  (elem (i32.const 0) $leaf)
  ;; 4 + 1 + 3.
  (func $leaf (export "leaf") (type $leaf)
    (local i64)
    (i32.add (local.get 0) (i32.const 1)))
  (func (export "call") (param i32) (result i32)
    (call $leaf (local.get 0)))
  (func (export "indirect") (param i32) (result i32)
    (call_indirect (type $leaf) (local.get 0) (i32.const 0)))
  (func (export "twice") (param i32) (result i32)
    (call $leaf (call $leaf (local.get 0))))
  ;; 4 + 20 + 2 for a global.
  (global $zero i32 (i32.const 0))
  (func (export "many_locals") (result i32)
    (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (global.get $zero)))
