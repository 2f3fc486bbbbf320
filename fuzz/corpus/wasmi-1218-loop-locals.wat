;; wasmi 0.36.3 and 0.37.1 (#1218): a local that lay on the stack when a loop was entered, and was
;; set inside it, lost its old value. The value below the loop must be the one from before it.
;; = below(7) returns 7, 0
;; = difference(10) returns 45
(module
  (func (export "below") (param i32) (result i32 i32)
    (local.get 0)
    (loop $again
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $again (local.get 0)))
    (local.get 0))
  ;; 10 * 10 - (10 + 9 + ... + 1)
  (func (export "difference") (param $n i64) (result i64)
    (local $sum i64)
    (i64.mul (local.get $n) (local.get $n))
    (local.get $sum)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (local.get $n)))
      (local.set $n (i64.sub (local.get $n) (i64.const 1)))
      (br_if $again (i64.ne (local.get $n) (i64.const 0))))
    (drop)
    (local.get $sum)
    (i64.sub)))
