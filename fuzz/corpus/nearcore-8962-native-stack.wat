;; nearcore #8962 and wasmer #891: how deep a call may go was decided by the native stack, and by how
;; large an engine made its frames. The same recursion ends at the same depth with many values alive
;; across the call, and with none.
;; = many_alive(20, 1) returns 6, 12, 18, 24
;; = many_alive(-1, 1) traps StackOverflow
;; = none_alive(20) returns 0
;; = none_alive(-1) traps StackOverflow
(module
  (func $many (export "many_alive") (param i32 i64) (result i64 i64 i64 i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (if (i32.eqz (local.get 0))
      (then (return (i64.const 6) (i64.const 12) (i64.const 18) (i64.const 24))))
    (i64.mul (local.get 1) (i64.const 3))
    (i64.mul (local.get 1) (i64.const 5))
    (call $many (i32.sub (local.get 0) (i32.const 1)) (local.get 1))
    (local.set $d) (local.set $c) (local.set $b) (local.set $a)
    (drop (i64.add))
    (local.get $a) (local.get $b) (local.get $c) (local.get $d))
  (func $none (export "none_alive") (param i32) (result i32)
    (if (local.get 0)
      (then (return (call $none (i32.sub (local.get 0) (i32.const 1))))))
    (i32.const 0)))
