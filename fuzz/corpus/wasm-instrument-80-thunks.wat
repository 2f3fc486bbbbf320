;; wasm-instrument #80 and #82: functions that are reached through an export or the table went through
;; thunks, whose frames and those of their callees were left out of the count. However it is reached
;; first, recursion ends at the bound, and what returns gives back what it took.
;; = exported(5) returns 5
;; = exported(-1) traps StackOverflow
;; = through_the_table(5) returns 5
;; = through_the_table(-1) traps StackOverflow
;; = one_after_the_other(90) returns 4050
(module
  (type $number (func (param i32) (result i32)))
  (table 2 2 funcref)
  (elem (i32.const 0) $exported $back)
  (func $exported (export "exported") (type $number)
    (if (result i32) (local.get 0)
      (then
        (i32.add (i32.const 1)
          (call_indirect (type $number)
            (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))
      (else (i32.const 0))))
  (func $back (type $number)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $exported (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "through_the_table") (type $number)
    (call_indirect (type $number) (local.get 0) (i32.const 1)))
  ;; The sum of 90 depths, up to 90: more slots than there are, if they did not come back.
  (func (export "one_after_the_other") (type $number)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $exported (local.get 0))))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (i32.add (local.get $sum) (i32.const -45))))
