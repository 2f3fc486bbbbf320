;; wasmi 0.39.0 (#1293): two negations of a number, which together ask whether it is not zero, were
;; taken as the number itself. The result must be 0 or 1.
;; = twice(0) returns 0
;; = twice(1) returns 1
;; = twice(2) returns 1
;; = twice(-1) returns 1
;; = wide(0) returns 0
;; = wide(0x100000000) returns 1
;; = of_and(6, 4) returns 1
;; = of_and(6, 1) returns 0
;; = of_comparison(1, 2) returns 1
;; = of_comparison(2, 2) returns 0
;; = thrice(0) returns 1
;; = thrice(256) returns 0
;; = branch(2) returns 11
;; = branch(0) returns 22
(module
  (func (export "twice") (param i32) (result i32)
    (i32.eqz (i32.eqz (local.get 0))))
  (func (export "wide") (param i64) (result i32)
    (i32.eqz (i64.eqz (local.get 0))))
  (func (export "of_and") (param i32 i32) (result i32)
    (i32.eqz (i32.eqz (i32.and (local.get 0) (local.get 1)))))
  (func (export "of_comparison") (param i32 i32) (result i32)
    (i32.eqz (i32.eqz (i32.lt_s (local.get 0) (local.get 1)))))
  (func (export "thrice") (param i32) (result i32)
    (i32.eqz (i32.eqz (i32.eqz (local.get 0)))))
  (func (export "branch") (param i32) (result i32)
    (if (result i32) (i32.ne (i32.eqz (i32.eqz (local.get 0))) (i32.const 0))
      (then (i32.const 11))
      (else (i32.const 22)))))
