;; wasmi 0.32 betas (#892): with many preserved locals, their registers lay outside of the frame that
;; had been reserved, and writing them damaged the heap.
;; = keep(1) returns 55
;; = call(1) returns 155
(module
  (func $keep (export "keep") (param i32) (result i32)
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0) (local.set 0 (i32.const 0))
    (i32.add) (i32.add) (i32.add) (i32.add) (i32.add)
    (i32.add) (i32.add) (i32.add) (i32.add))
  (func (export "call") (param i32) (result i32)
    (i32.const 100)
    (local.get 0)
    (local.set 0 (i32.const 99))
    (call $keep)
    (i32.add)))
