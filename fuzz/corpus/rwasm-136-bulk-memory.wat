;; rwasm #134, #136: operators on ranges took fuel that did not go by their length, or
;; by another length than the one they had. Each costs 40 and 1 for each byte, before it writes; an
;; entry costs 4, each operand 1, data.drop 2.
;; = fill(0) returns using 47 gas
;; = fill(10) returns using 57 gas
;; = fill(65536) returns using 65583 gas
;; = fill(65537) traps MemoryOutOfBounds
;; = fill(-1) traps OutOfGas
;; = copy(0) returns using 47 gas
;; = copy(1000) returns using 1047 gas
;; = init(0) returns using 47 gas
;; = init(5) returns using 52 gas
;; = init(6) traps MemoryOutOfBounds
;; = drop() returns using 6 gas
;; = overflow() traps OutOfGas
(module
  (memory 1)
  (data $passive "hello")
  (func (export "fill") (param i32)
    (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
  (func (export "copy") (param i32)
    (memory.copy (i32.const 0) (i32.const 9) (local.get 0)))
  (func (export "init") (param i32)
    (memory.init $passive (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "drop") (data.drop $passive))
  ;; Two lengths that wrap around to a small one when they are added in 32 bits.
  (func (export "overflow")
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x80000000))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x80000001))))
