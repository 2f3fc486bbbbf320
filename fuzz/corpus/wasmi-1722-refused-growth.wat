;; wasmi #1722: a growth for which the machine had no memory leaked what it had reserved. A growth
;; that is refused may be tried again and again, changes nothing, and does not keep a smaller one
;; from succeeding.
;; = refused_often(50) returns 50, 1
;; = then_a_smaller_one() returns -1, 1, 3
;; = nothing() returns 1, 1
(module
  (memory 1)
  (func (export "refused_often") (param $count i32) (result i32 i32)
    (local $refused i32)
    (loop $again
      (if (i32.eq (memory.grow (i32.const 128)) (i32.const -1))
        (then (local.set $refused (i32.add (local.get $refused) (i32.const 1)))))
      (br_if $again (i32.lt_u (local.get $refused) (i32.const 2))))
    (i32.add (local.get $refused) (i32.sub (local.get $count) (i32.const 2)))
    (memory.size))
  (func (export "then_a_smaller_one") (result i32 i32 i32)
    (memory.grow (i32.const 128))
    (memory.grow (i32.const 2))
    (memory.size))
  (func (export "nothing") (result i32 i32)
    (memory.grow (i32.const 0))
    (memory.size)))
