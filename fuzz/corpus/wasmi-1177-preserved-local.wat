;; wasmi 0.36.0 (#1177): the value of a local that lay on the operand stack while the local was set
;; again was kept in a register that a later such value could overwrite. What lies on the stack must
;; stay what it was when it was pushed.
;; = two(10) returns 10, 11, 22
;; = branch(5, 1) returns 5, 6
;; = branch(5, 0) returns 5, 5
;; = deep(1) returns 26
(module
  (func (export "two") (param i32) (result i32 i32 i32)
    (local.get 0)
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (local.get 0)
    (local.set 0 (i32.mul (local.get 0) (i32.const 2)))
    (local.get 0))
  (func (export "branch") (param i32 i32) (result i32 i32)
    (local.get 0)
    (if (local.get 1)
      (then
        (drop (local.get 0))
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))))
    (local.get 0))
  ;; 1, 2, 4, 8 and then 8 + 3 = 11 are on the stack.
  (func (export "deep") (param i64) (result i64)
    (local.get 0)
    (local.set 0 (i64.shl (local.get 0) (i64.const 1)))
    (local.get 0)
    (local.set 0 (i64.shl (local.get 0) (i64.const 1)))
    (local.get 0)
    (local.set 0 (i64.shl (local.get 0) (i64.const 1)))
    (local.get 0)
    (local.set 0 (i64.add (local.get 0) (i64.const 3)))
    (local.get 0)
    (i64.add) (i64.add) (i64.add) (i64.add)))
