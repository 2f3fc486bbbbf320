;; wasmi 1.0.3 (#1727): the check of the configured stack height was wrong. The metered stack
;; decides, at the same call everywhere: a frame of $down holds 4 slots, one parameter
;; and at most three operands, so 1,500 slots hold 187 frames of 8.
;; = down(10) returns 10
;; = down(180) returns 180
;; = down(187) traps StackOverflow
;; = down(-1) traps StackOverflow
;; = through_a_table(10) returns 10
;; = through_a_table(-1) traps StackOverflow
;; = ping(11) returns 1
;; = ping(-1) traps StackOverflow
(module
  (type $number (func (param i32) (result i32)))
  (table 1 1 funcref)
  (elem (i32.const 0) $through)
  (func $down (export "down") (type $number)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func $through (export "through_a_table") (type $number)
    (if (result i32) (local.get 0)
      (then
        (i32.add (i32.const 1)
          (call_indirect (type $number)
            (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))
      (else (i32.const 0))))
  (func $ping (export "ping") (type $number)
    (if (result i32) (local.get 0)
      (then (call $pong (i32.sub (local.get 0) (i32.const 1))))
      (else (i32.const 0))))
  (func $pong (type $number)
    (if (result i32) (local.get 0)
      (then (call $ping (i32.sub (local.get 0) (i32.const 1))))
      (else (i32.const 1)))))
