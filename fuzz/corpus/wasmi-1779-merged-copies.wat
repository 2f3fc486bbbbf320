;; wasmi 1.0.8 (#1779): copies from local to local were merged into one although the first wrote
;; what the second read. They must happen one after the other.
;; = chain(1, 2, 3) returns 3, 3, 3
;; = rotate(1, 2, 3) returns 2, 3, 1
;; = swap(1, 2) returns 2, 1
;; = reversed(1, 2, 3, 4) returns 4, 3, 2, 1
;; = shifted(1, 2, 3) returns 1, 1, 1
(module
  (func (export "chain") (param i64 i64 i64) (result i64 i64 i64)
    (local.set 1 (local.get 2))
    (local.set 0 (local.get 1))
    (local.get 0) (local.get 1) (local.get 2))
  (func (export "rotate") (param i64 i64 i64) (result i64 i64 i64)
    (local i64)
    (local.set 3 (local.get 0))
    (local.set 0 (local.get 1))
    (local.set 1 (local.get 2))
    (local.set 2 (local.get 3))
    (local.get 0) (local.get 1) (local.get 2))
  (func (export "swap") (param i32 i32) (result i32 i32)
    (local.get 0) (local.get 1)
    (local.set 0) (local.set 1)
    (local.get 0) (local.get 1))
  (func (export "reversed") (param i32 i32 i32 i32) (result i32 i32 i32 i32)
    (br 0 (local.get 3) (local.get 2) (local.get 1) (local.get 0)))
  (func (export "shifted") (param i32 i32 i32) (result i32 i32 i32)
    (local.set 1 (local.get 0))
    (local.set 2 (local.get 1))
    (local.get 0) (local.get 1) (local.get 2)))
