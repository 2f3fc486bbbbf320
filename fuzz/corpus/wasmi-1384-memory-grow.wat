;; wasmi 0.41.0 (#1384): memory.grow by a constant crashed the translator, for 64-bit memories. With
;; a constant or not, it must answer the size before, or -1 and change nothing.
;; = by_zero() returns 1
;; = by_two() returns 1, 3
;; = beyond() returns -1, 1
;; = by_all() returns -1, 1
;; = by(3) returns 1
;; = by(4) returns -1
(module
  (memory 1 4)
  (func (export "by_zero") (result i32) (memory.grow (i32.const 0)))
  (func (export "by_two") (result i32 i32) (memory.grow (i32.const 2)) (memory.size))
  (func (export "beyond") (result i32 i32) (memory.grow (i32.const 4)) (memory.size))
  (func (export "by_all") (result i32 i32) (memory.grow (i32.const 65)) (memory.size))
  (func (export "by") (param i32) (result i32) (memory.grow (local.get 0))))
