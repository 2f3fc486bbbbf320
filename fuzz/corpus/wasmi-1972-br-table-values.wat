;; wasmi 2.0 beta (#1972): br_table with several values, to labels at different heights of the stack,
;; copied them over each other. Each label must get the values in order.
;; = pick(0) returns 1, 2
;; = pick(1) returns 11, 2
;; = pick(2) returns 21, 2
;; = pick(9) returns 21, 2
;; = heights(0) returns 107
;; = heights(1) returns 7
(module
  (func (export "pick") (param i32) (result i64 i32)
    (block $c (result i64 i32)
      (i64.const 90) (i32.const 91)
      (block $b (result i64 i32)
        (i64.const 80)
        (block $a (result i64 i32)
          (i64.const 70) (i64.const 1) (i32.const 2)
          (local.get 0)
          (br_table $a $b $c))
        (return))
      (drop) (i64.add (i64.const 10)) (i32.const 2)
      (return))
    (drop) (i64.add (i64.const 20)) (i32.const 2))
  (func (export "heights") (param i32) (result i32)
    (i32.const 100)
    (block $low (result i32 i32)
      (i32.const 1) (i32.const 2) (i32.const 3)
      (block $high (result i32 i32)
        (i32.const 3) (i32.const 4)
        (br_table $high $low (local.get 0)))
      (i32.add)
      (return (i32.add (i32.const 100))))
    (i32.add) (return)))
