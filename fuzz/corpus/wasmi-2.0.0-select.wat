;; wasmi 2.0.0 joins a comparison with zero and a select although there is something in between for which
;; it writes no code, drops the comparison, and looks at whatever its register holds. The metering
;; pass keeps the two apart. Found by reading.
;; = behind_a_loop(1, 100) returns 9
;; = behind_a_loop(0, 77) returns 77
;; = behind_a_loop(1, 0) returns 9
;; = behind_a_loop(0, 50) returns 50
;; = behind_a_select(1, 100) returns 9
;; = behind_a_select(0, 77) returns 77
;; = behind_a_select(1, 0) returns 9
;; = behind_a_select(0, 50) returns 50
;; = behind_a_set(1, 100) returns 9
;; = behind_a_set(0, 77) returns 77
;; = behind_a_set(1, 0) returns 9
;; = behind_a_set(0, 50) returns 50
;; = behind_a_drop(1, 100) returns 9
;; = behind_a_drop(0, 77) returns 77
;; = behind_a_drop(1, 0) returns 9
;; = behind_a_drop(0, 50) returns 50
;; = behind_a_sum(1, 100) returns 9
;; = behind_a_sum(0, 77) returns 77
;; = behind_a_sum(1, 0) returns 9
;; = behind_a_sum(0, 50) returns 50
;; = of_64_bits(1, 100) returns 100
;; = of_64_bits(0, 77) returns 9
;; = of_64_bits(1, 0) returns 0
;; = of_64_bits(0, 50) returns 9
;; = of_64_bits_not(1, 100) returns 9
;; = of_64_bits_not(0, 77) returns 77
;; = of_64_bits_not(1, 0) returns 9
;; = of_64_bits_not(0, 50) returns 50
;; = of_a_difference(1, 100) returns 9
;; = of_a_difference(0, 77) returns 77
;; = of_a_difference(1, 0) returns 9
;; = of_a_difference(0, 50) returns 50
;; = behind_a_branch(1, 100) returns 9
;; = behind_a_branch(0, 77) returns 77
;; = behind_a_branch(1, 0) returns 9
;; = behind_a_branch(0, 50) returns 50
(module
  (func (export "behind_a_loop") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (loop (result i32) (i32.eqz (local.get 0)))))
  (func (export "behind_a_select") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (select (i32.eqz (local.get 0)) (i32.const 3) (i32.const 1))))
  (func (export "behind_a_set") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (i32.eqz (local.get 0)) (local.set 1 (local.get 1))))
  (func (export "behind_a_drop") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (i32.eqz (local.get 0)) (drop (local.get 1))))
  (func (export "behind_a_sum") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (i32.add (i32.eqz (local.get 0)) (i32.const 0))))
  (func (export "of_64_bits") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (i64.eqz (i64.extend_i32_u (i32.eqz (local.get 0))))))
  (func (export "of_64_bits_not") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (i64.ne (i64.extend_i32_u (i32.eqz (local.get 0))) (i64.const 0))))
  (func (export "of_a_difference") (param i32 i32) (result i32)
    (select (local.get 1) (i32.const 9)
      (i64.eqz (i64.extend_i32_u (i32.xor (local.get 0) (i32.const 0))))))
  (func (export "behind_a_branch") (param i32 i32) (result i32)
    (block (result i32)
      (local.get 1)
      (i32.const 9)
      (i32.eqz (local.get 0))
      (i32.const 0)
      (br_if 0)
      (select))))
