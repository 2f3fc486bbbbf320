;; wasmi 2.0 beta (#1837): after a call of the host, code went on with the address that the memory
;; had before. It must see the memory as it is, also when it grew before or after the call.
;; = around(77) returns 77, 78
;; = grown(5) returns 5, 5
;; = between(9) returns 9
;; = beyond() traps MemoryOutOfBounds
(module
  (import "lockstep" "emit_event" (func $emit (param i32 i32 i32 i32)))
  (memory 1 4)
  (func $call (call $emit (i32.const -1) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "around") (param i32) (result i32 i32)
    (i32.store (i32.const 64) (local.get 0))
    (call $call)
    (i32.store offset=4 (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
    (call $call)
    (i32.load (i32.const 64)) (i32.load (i32.const 68)))
  (func (export "grown") (param i32) (result i32 i32)
    (i32.store (i32.const 64) (local.get 0))
    (drop (memory.grow (i32.const 2)))
    (call $call)
    (i32.store (i32.const 131072) (i32.load (i32.const 64)))
    (call $call)
    (i32.load (i32.const 64)) (i32.load (i32.const 131072)))
  (func $grow_and_call (drop (memory.grow (i32.const 1))) (call $call))
  (func (export "between") (param i32) (result i32)
    (i32.store (i32.const 65532) (local.get 0))
    (call $grow_and_call)
    (i32.store (i32.const 131068) (i32.load (i32.const 65532)))
    (i32.load (i32.const 131068)))
  (func (export "beyond") (result i32)
    (call $grow_and_call)
    (i32.load (i32.const 131069))))
