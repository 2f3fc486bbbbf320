;; wasmi 0.49 to 0.51.1, #1699: the frame of a function of more than 30,000 operators was counted too
;; small, and values on its stack were overwritten. This one has eighty thousand, above some values
;; that are needed at the end and come to 5 * 6 * 7. One of two ways is taken, so the branch over the
;; other one is far. Each piece adds 1 to the first sum if its branch is not taken, and 1 to the
;; second one. What stands between the two lines that begin with ;; * is there so often.
;; = run(0) returns 4210, 4000
;; = run(1) returns 210, 4000
(module
  (func (export "run") (param i32) (result i64 i64)
    (local $sum i64) (local $all i64)
    (i64.const 5) (i64.const 6) (i64.const 7)
    (local.get 0)
    (if
      (then
;; * 4000 times
        (block (br_if 0 (local.get 0))
          (local.set $sum (i64.add (local.get $sum) (i64.const 1))))
        (local.set $all (i64.add (local.get $all) (i64.const 1)))
;; * end
      )
      (else
;; * 4000 times
        (block (br_if 0 (local.get 0))
          (local.set $sum (i64.add (local.get $sum) (i64.const 1))))
        (local.set $all (i64.add (local.get $all) (i64.const 1)))
;; * end
      ))
    (i64.mul) (i64.mul) (local.get $sum) (i64.add) (local.get $all)))
