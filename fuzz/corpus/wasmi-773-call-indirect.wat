;; wasmi 0.32 betas (#773): when the arguments of call_indirect were copied, they could overwrite the
;; register with the index. The index is that on top of the stack, whatever the arguments are.
;; = mixed(0, 1) returns 10
;; = mixed(1, 0) returns 10
;; = mixed(1, 7) returns 17
;; = moved(1, 5, 6) returns 56
;; = moved(0, 5, 6) returns 65
;; = moved(2, 5, 6) traps IndirectCallNull
;; = moved(3, 5, 6) traps TableOutOfBounds
;; = moved(-1, 5, 6) traps TableOutOfBounds
(module
  (type $pair (func (param i32 i32) (result i32)))
  (table 3 3 funcref)
  (elem (i32.const 0) $backward $forward)
  (func $forward (type $pair) (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1)))
  (func $backward (type $pair) (i32.add (i32.mul (local.get 1) (i32.const 10)) (local.get 0)))
  ;; The index is the first argument as well.
  (func (export "mixed") (param i32 i32) (result i32)
    (call_indirect (type $pair) (local.get 0) (local.get 1) (local.get 0)))
  (func (export "moved") (param i32 i32 i32) (result i32)
    (call_indirect (type $pair) (local.get 1) (local.get 2) (local.get 0))))
