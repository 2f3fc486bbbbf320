;; wasm-utils #120 and #122: code behind br, br_if and br_table was charged on ways that do not
;; reach it, or not on those that do. In schedule 1 an entry costs 4, br 10, br_if 6, br_table 8,
;; return 3, and 1 all else that is here.
;; = again(1) returns 0 using 15 gas
;; = again(5) returns 0 using 55 gas
;; = skip(1) returns 7 using 14 gas
;; = skip(0) returns 0 using 22 gas
;; = table(0) returns 10 using 17 gas
;; = table(1) returns 20 using 26 gas
;; = table(2) returns 2 using 14 gas
;; = table(-1) returns -1 using 14 gas
;; = until(3) returns 3 using 84 gas
(module
  ;; 4 + 1, and 10 for each run.
  (func (export "again") (param i32) (result i32)
    (loop $again
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 0))
  (func (export "skip") (param i32) (result i32)
    (block $out
      (block $in (br_if $in (local.get 0)) (br $out))
      (local.set 0 (i32.const 7)))
    (local.get 0))
  (func (export "table") (param i32) (result i32)
    (block $c
      (block $b
        (block $a (br_table $a $b $c (local.get 0)))
        (return (i32.const 10)))
      (local.set 0 (i32.const 20))
      (br $c))
    (local.get 0))
  ;; 4, 1 for the local and 1 at the end; 14 for each run and its way back; 9 for each test, of
  ;; which there is one more than there are runs.
  (func (export "until") (param i32) (result i32)
    (local $count i32)
    (block $out
      (loop $again
        (br_if $out (i32.eq (local.get $count) (local.get 0)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (br $again)))
    (local.get $count)))
