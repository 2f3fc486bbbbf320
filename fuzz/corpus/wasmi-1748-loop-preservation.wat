;; wasmi 1.0.5 (#1748): in the translator from before 2.0, too, a local on the stack was not kept
;; when a loop was entered that sets it. Here the loop lies inside an if and a block.
;; = outer(4) returns 4
;; = outer(1) returns 1
;; = outer(0) returns 0
;; = nested(3) returns 3, 0, 6
(module
  (func (export "outer") (param i32) (result i32)
    (local.get 0)
    (if (local.get 0)
      (then
        (loop $again
          (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))))
  ;; 3 runs of an outer loop with 3, 2 and 1 runs of the inner one.
  (func (export "nested") (param $n i32) (result i32 i32 i32)
    (local $inner i32) (local $count i32)
    (local.get $n)
    (block $out
      (loop $again
        (local.set $inner (local.get $n))
        (local.get $n)
        (loop $turn
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (br_if $turn (local.tee $inner (i32.sub (local.get $inner) (i32.const 1)))))
        (local.set $n)
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $again (local.get $n))))
    (local.get $n)
    (local.get $count)))
