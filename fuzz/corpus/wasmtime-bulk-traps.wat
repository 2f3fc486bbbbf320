;; RUSTSEC-2026-0223 (Wasmtime): traps and interruptions inside of bulk operators left a state that
;; should not be. An operator that leaves the memory must trap and write nothing, and one that copies
;; onto itself must copy what was there. What it costs is charged before, by its length.
;; = fill_inside(65530, 6) returns 171
;; = fill_inside(65530, 7) traps MemoryOutOfBounds
;; = fill_inside(65536, 0) returns 0
;; = fill_inside(65537, 0) traps MemoryOutOfBounds
;; = fill_inside(0, -1) traps OutOfGas
;; = copy_up(1) returns 0x03020101
;; = copy_up(0) returns 0x04030201
;; = copy_down() returns 0x04040302
;; = copy_beyond(65533) traps MemoryOutOfBounds
;; = copy_beyond(65532) returns 0x04030201
;; = init(0, 4) returns 0x67666564
;; = init(1, 4) traps MemoryOutOfBounds
;; = init_dropped(0) returns 0
;; = init_dropped(1) traps MemoryOutOfBounds
(module
  (memory 1 1)
  (data (i32.const 0) "\01\02\03\04")
  (data $passive "defg")
  ;; The last byte of the memory, when the end was filled.
  (func (export "fill_inside") (param i32 i32) (result i32)
    (memory.fill (local.get 0) (i32.const 171) (local.get 1))
    (i32.load8_u (i32.const 65535)))
  (func (export "copy_up") (param i32) (result i32)
    (memory.copy (local.get 0) (i32.const 0) (i32.const 4))
    (i32.load (i32.const 0)))
  (func (export "copy_down") (result i32)
    (memory.copy (i32.const 0) (i32.const 1) (i32.const 3))
    (i32.load (i32.const 0)))
  (func (export "copy_beyond") (param i32) (result i32)
    (memory.copy (local.get 0) (i32.const 0) (i32.const 4))
    (i32.load (local.get 0)))
  (func (export "init") (param i32 i32) (result i32)
    (memory.init $passive (i32.const 16) (local.get 0) (local.get 1))
    (i32.load (i32.const 16)))
  (func (export "init_dropped") (param i32) (result i32)
    (data.drop $passive)
    (memory.init $passive (i32.const 16) (i32.const 0) (local.get 0))
    (i32.load (i32.const 16))))
