;; CWA-2024-007: what stands behind an if and its else was charged wrongly. Each way pays for its own
;; operators and for no others. The sums are those of schedule 1: an entry 4, an if 6, a return 3, a
;; multiplication or division 2, and 1 for all else that is here.
;; = choose(1) returns 3 using 14 gas
;; = choose(0) returns 12 using 15 gas
;; = without_else(5) returns 9 using 14 gas
;; = without_else(0) returns 0 using 12 gas
;; = early(1) returns 1 using 15 gas
;; = early(0) traps DivisionByZero
;; = nested(0, 0) returns 4 using 19 gas
;; = nested(0, 1) returns 3 using 19 gas
;; = nested(1, 0) returns 2 using 19 gas
;; = nested(1, 1) returns 2 using 23 gas
(module
  ;; 4 + 1 + 6, and then 3 or 4.
  (func (export "choose") (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (i32.const 1) (i32.const 2)))
      (else (i32.mul (i32.const 3) (i32.const 4)))))
  (func (export "without_else") (param i32) (result i32)
    (if (local.get 0) (then (local.set 0 (i32.const 9))))
    (local.get 0))
  (func (export "early") (param i32) (result i32)
    (if (local.get 0) (then (return (i32.const 1))))
    (i32.div_s (i32.const 8) (local.get 0)))
  ;; 4 + 1 + 6 + 1 + 6, and then 1 for a constant, and 4 where there are four nops.
  (func (export "nested") (param i32 i32) (result i32)
    (if (result i32) (local.get 0)
      (then
        (if (local.get 1)
          (then (nop) (nop) (nop) (nop)))
        (i32.const 2))
      (else
        (if (result i32) (local.get 1)
          (then (i32.const 3))
          (else (i32.const 4)))))))
