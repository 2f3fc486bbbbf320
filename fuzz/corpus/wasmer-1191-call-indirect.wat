;; wasmer #1191: call_indirect called functions of other types. Two types are the same when their
;; parameters and results are, wherever they are declared.
;; = as_number(0) returns 7
;; = as_number(1) traps SignatureMismatch
;; = as_number(2) traps SignatureMismatch
;; = as_number(3) traps IndirectCallNull
;; = as_number(4) traps TableOutOfBounds
;; = as_twin(0) returns 7
;; = as_wide(1) returns 8
;; = as_wide(0) traps SignatureMismatch
;; = as_taking(2, 40) returns 42
;; = as_taking(0, 40) traps SignatureMismatch
(module
  (type $number (func (result i32)))
  (type $wide (func (result i64)))
  (type $taking (func (param i32) (result i32)))
  (type $twin (func (result i32)))
  (table 4 4 funcref)
  (elem (i32.const 0) $seven $eight $more)
  (func $seven (type $number) (i32.const 7))
  (func $eight (type $wide) (i64.const 8))
  (func $more (type $taking) (i32.add (local.get 0) (i32.const 2)))
  (func (export "as_number") (param i32) (result i32)
    (call_indirect (type $number) (local.get 0)))
  (func (export "as_twin") (param i32) (result i32)
    (call_indirect (type $twin) (local.get 0)))
  (func (export "as_wide") (param i32) (result i64)
    (call_indirect (type $wide) (local.get 0)))
  (func (export "as_taking") (param i32 i32) (result i32)
    (call_indirect (type $taking) (local.get 1) (local.get 0))))
