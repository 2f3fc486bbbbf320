;; wasmer #4219: what ran before a trap was not paid. A segment is paid before it runs, and a frame
;; that traps uses all the gas that it was given.
;; = behind_work(0) traps DivisionByZero
;; = behind_work(2) returns 55
;; = in_the_third_run(3) traps Unreachable
;; = in_the_third_run(2) returns 2
;; = in_a_callee(0) traps DivisionByZero
;; = in_a_callee(5) returns 20
;; = past_the_end(65532) returns 7
;; = past_the_end(65533) traps MemoryOutOfBounds
;; = without_end() traps OutOfGas
(module
  (memory 1)
  (func (export "behind_work") (param i32) (result i32)
    (i32.div_u
      (i32.add (i32.mul (i32.const 10) (i32.const 10)) (i32.const 10))
      (local.get 0)))
  (func (export "in_the_third_run") (param i32) (result i32)
    (local $count i32)
    (loop $again
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (if (i32.eq (local.get $count) (i32.const 3)) (then (unreachable)))
      (br_if $again (i32.lt_u (local.get $count) (local.get 0))))
    (local.get $count))
  (func $divide (param i32) (result i32) (i32.div_s (i32.const 100) (local.get 0)))
  (func (export "in_a_callee") (param i32) (result i32)
    (call $divide (local.get 0)))
  ;; A store that does not fit writes no byte of it.
  (func (export "past_the_end") (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 7))
    (i32.load (local.get 0)))
  (func (export "without_end")
    (loop $again (br $again))))
