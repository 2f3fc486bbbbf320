;; nitro #4554 and #4634: functions and blocks with several results were accepted first and refused
;; later, which is a fork. Here functions may have them, up to 16, since version 1; blocks with
;; several results and blocks with parameters are refused since version 1.
;; = refused block-param-count block-result-count
(module
  (func (export "sixteen") (param i32)
    (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
    (i32.const 7) (i32.const 8) (i32.const 9) (i32.const 10) (i32.const 11) (i32.const 12)
    (i32.const 13) (i32.const 14) (i32.const 15) (i32.const 16))
  ;; A loop that takes and gives two values: what is left, and the sum.
  (func (export "counted") (param i32) (result i32 i32)
    (local $left i32) (local $sum i32)
    (local.get 0)
    (i32.const 0)
    (loop $again (param i32 i32) (result i32 i32)
      (local.set $sum)
      (local.tee $left)
      (local.set $sum (i32.add (local.get $sum) (local.get $left)))
      (i32.sub (i32.const 1))
      (local.set $left)
      (local.get $left)
      (local.get $sum)
      (br_if $again (local.get $left))))
  (func (export "swapped") (param i32 i32) (result i32 i32)
    (local.get 0) (local.get 1)
    (block (param i32 i32) (result i32 i32)
      (local.set 0) (local.set 1) (local.get 0) (local.get 1))))
