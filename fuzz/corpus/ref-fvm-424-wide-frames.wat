;; ref-fvm #424: a bound on the number of calls let frames with many locals take more stack than the
;; bound meant. A frame holds its locals and operands: with 32 of them, a recursion ends after 40
;; calls at most, where a narrow one goes on.
;; = wide(10) returns 10
;; = wide(60) traps StackOverflow
;; = narrow(60) returns 60
;; = narrow(-1) traps StackOverflow
(module
  (func $wide (export "wide") (param i32) (result i32)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $wide (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func $narrow (export "narrow") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $narrow (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0)))))
