;; The other side of koinos-402-memory-minimum: a maximum beyond the limit is lowered to it, and a start
;; at the limit is accepted, zeroed to its end, and cannot grow.
;; = size() returns 128
;; = grow(0) returns 128
;; = grow(1) returns -1
;; = last() returns 0
;; = behind() traps MemoryOutOfBounds
(module
  (memory 128 65536)
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "last") (result i64) (i64.load (i32.const 8388600)))
  (func (export "behind") (result i64) (i64.load (i32.const 8388601))))
