;; wasmer #2780: memory use grew with every growth of a guest's memory. Growing page by page to the
;; limit works, costs the same for each page, and then is refused, as often as one likes.
;; = to_the_limit() returns 128
;; = beyond(2) returns -2
;; = sparse() returns 127
(module
  (memory 1)
  (func $to_the_limit (export "to_the_limit") (result i32)
    (loop $again
      (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (memory.size))
  (func (export "beyond") (param $times i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (memory.grow (i32.const 128))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))
  ;; A byte in each of the new pages, which are counted again.
  (func (export "sparse") (result i32)
    (local $at i32) (local $sum i32)
    (drop (memory.grow (i32.const 127)))
    (local.set $at (i32.const 65536))
    (loop $fill
      (i32.store8 (local.get $at) (i32.const 1))
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 65536)))
      (br_if $fill (i32.lt_u (local.get $at) (i32.const 8388608))))
    (local.get $sum)))
