;; wasmi #702, #876 and #988: the first call of a function that is compiled when it is needed took more
;; fuel. The first and the second call of each function take the same gas, seen from inside.
;; = same() returns 0
;; = same_through_the_table() returns 0
(module
  (import "lockstep" "gas_left" (func $gas_left (result i64)))
  (type $plain (func))
  (table 1 1 funcref)
  (elem (i32.const 0) $late)
  (global $sink (mut i64) (i64.const 0))
  (func $work (local i64)
    (global.set $sink
      (i64.add (i64.mul (local.get 0) (i64.const 3)) (global.get $sink))))
  (func $late (type $plain) (global.set $sink (i64.const 5)))
  (func (export "same") (result i64)
    (local $a i64) (local $b i64) (local $c i64)
    (local.set $a (call $gas_left))
    (call $work)
    (local.set $b (call $gas_left))
    (call $work)
    (local.set $c (call $gas_left))
    (i64.sub
      (i64.sub (local.get $a) (local.get $b))
      (i64.sub (local.get $b) (local.get $c))))
  (func (export "same_through_the_table") (result i64)
    (local $a i64) (local $b i64) (local $c i64)
    (local.set $a (call $gas_left))
    (call_indirect (type $plain) (i32.const 0))
    (local.set $b (call $gas_left))
    (call_indirect (type $plain) (i32.const 0))
    (local.set $c (call $gas_left))
    (i64.sub
      (i64.sub (local.get $a) (local.get $b))
      (i64.sub (local.get $b) (local.get $c)))))
