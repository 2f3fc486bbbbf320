;; wasmer #3210 (singlepass on ARM): popcnt looped without end.
;; = count32(0) returns 0
;; = count32(-1) returns 32
;; = count32(0x80000000) returns 1
;; = count32(0x0f0f0f0f) returns 16
;; = count64(0) returns 0
;; = count64(-1) returns 64
;; = count64(0x8000000000000001) returns 2
;; = sum(5) returns 5
;; = leading(1) returns 31, 0
;; = leading(0) returns 32, 32
(module
  (func (export "count32") (param i32) (result i32) (i32.popcnt (local.get 0)))
  (func (export "count64") (param i64) (result i64) (i64.popcnt (local.get 0)))
  ;; The ones in 1, 2, 3, 4 are 1 + 1 + 2 + 1.
  (func (export "sum") (param $n i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.popcnt (local.get $i))))
      (br_if $again
        (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $sum))
  (func (export "leading") (param i32) (result i32 i32)
    (i32.clz (local.get 0)) (i32.ctz (local.get 0))))
