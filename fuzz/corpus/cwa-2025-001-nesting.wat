;; CWA-2025-001 and -002: modules made for it took long to validate, or ended the validator's stack.
;; 60 blocks in each other are nothing special: each may be left from the innermost, by a branch and by
;; a table of them, and what is not reached is checked, too.
;; = left_by_one(1) returns 60
;; = left_by_one(0) returns 0
;; = left_by_table(0) returns 60
;; = left_by_table(59) returns 1
;; = left_by_table(-1) returns 1
(module
  (func (export "left_by_one") (param i32) (result i32)
    (local $count i32)
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
      (br_if 59 (local.get 0))
      (br 59)
      (drop (i32.add (i32.const 1) (i32.const 2)))
    ) ) ) ) ) ) ) ) ) )
    ) ) ) ) ) ) ) ) ) )
    ) ) ) ) ) ) ) ) ) )
    ) ) ) ) ) ) ) ) ) )
    ) ) ) ) ) ) ) ) ) )
    ) ) ) ) ) ) ) ) ) )
    (i32.mul (local.get 0) (i32.const 60)))
  (func (export "left_by_table") (param i32) (result i32)
    (local $count i32)
    (local.set $count (i32.const 60))
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
    (block (block (block (block (block (block (block (block (block (block
      (br_table 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
        20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39
        40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 (local.get 0))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    ) (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    )
    (i32.sub (i32.const 60) (local.get $count))
    (i32.add (i32.const 1))))
