;; RUSTSEC-2026-0096 (Cranelift on aarch64): accesses of a guest's memory were compiled to another
;; address, outside of it. A shift of an address goes by the lower five bits of its count, the
;; result has 32 bits, and an access with an offset traps where it leaves the memory.
;; = shifted(1, 3) returns 2
;; = shifted(1, 35) returns 2
;; = shifted(0x80000001, 35) returns 2
;; = shifted(1, 31) traps MemoryOutOfBounds
;; = far(0) returns 3
;; = far(4) traps MemoryOutOfBounds
;; = far(-4) traps MemoryOutOfBounds
;; = stored(1, 34) returns 7, 0
;; = stored(1, 30) traps MemoryOutOfBounds
(module
  (memory 1 1)
  (data (i32.const 8) "\02")
  (data (i32.const 65532) "\03")
  (func (export "shifted") (param i32 i32) (result i32)
    (i32.load (i32.shl (local.get 0) (local.get 1))))
  (func (export "far") (param i32) (result i32)
    (i32.load offset=65532 (local.get 0)))
  (func (export "stored") (param i32 i32) (result i32 i32)
    (i32.store offset=16 (i32.shl (local.get 0) (local.get 1)) (i32.const 7))
    (i32.load (i32.const 20))
    (i32.load (i32.const 16))))
