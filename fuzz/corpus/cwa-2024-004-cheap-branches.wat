;; CWA-2024-004: branches cost a tenth of what they took. Code of hardly anything but branches pays
;; for each: in schedule 1 an entry costs 4, br 10, br_if 6, br_table 8, if 6, and 1 all else that is
;; here.
;; = outwards() returns 7 using 45 gas
;; = not_taken() returns 7 using 33 gas
;; = by_table(0) returns 7 using 32 gas
;; = by_table(9) returns 7 using 32 gas
;; = choices(1) returns 7 using 26 gas
(module
  ;; 4 + 4 * 10 + 1.
  (func (export "outwards") (result i32)
    (block $d (block $c (block $b (block $a (br $a)) (br $b)) (br $c)) (br $d))
    (i32.const 7))
  ;; 4 + 4 * (1 + 6) + 1.
  (func (export "not_taken") (result i32)
    (block $out
      (br_if $out (i32.const 0)) (br_if $out (i32.const 0))
      (br_if $out (i32.const 0)) (br_if $out (i32.const 0)))
    (i32.const 7))
  ;; 4 + 3 * (1 + 8) + 1.
  (func (export "by_table") (param i32) (result i32)
    (block $c
      (block $b
        (block $a (br_table $a $a (local.get 0)))
        (br_table $b $b (local.get 0)))
      (br_table $c $c (local.get 0)))
    (i32.const 7))
  ;; 4 + 3 * (1 + 6) + 1.
  (func (export "choices") (param i32) (result i32)
    (if (local.get 0) (then (if (local.get 0) (then (if (local.get 0) (then))))))
    (i32.const 7)))
