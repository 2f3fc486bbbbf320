;; wasmer #999: some functions ran past the limit, because not all of their ways were charged. A loop
;; without end runs out of gas wherever it lies: behind a call, behind a call through the table, in
;; an arm, and where a br_table leads back.
;; = called() traps OutOfGas
;; = through_the_table() traps OutOfGas
;; = in_an_arm(1) traps OutOfGas
;; = in_an_arm(0) returns 0
;; = by_table(0) traps OutOfGas
;; = by_table(1) returns 1
(module
  (type $plain (func))
  (table 1 1 funcref)
  (elem (i32.const 0) $without_end)
  (func $without_end (type $plain) (loop $again (br $again)))
  (func (export "called") (call $without_end))
  (func (export "through_the_table") (call_indirect (type $plain) (i32.const 0)))
  (func (export "in_an_arm") (param i32) (result i32)
    (if (local.get 0) (then (loop $again (br_if $again (local.get 0)))))
    (local.get 0))
  (func (export "by_table") (param i32) (result i32)
    (block $out (loop $again (br_table $again $out (local.get 0))))
    (local.get 0)))
