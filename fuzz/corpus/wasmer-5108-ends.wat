;; wasmer #5108: the sum went on over the end of a block that is left in its middle, and over code
;; that nothing reaches. A block that is left pays for what ran, what stands behind its end is paid
;; by all who come there, and what is not reached costs nothing. An entry costs 4, br 10, br_if 6,
;; return 3, and 1 all else that is here.
;; = left(1) returns 5 using 15 gas
;; = left(0) returns 5 using 18 gas
;; = unreached() returns 5 using 17 gas
;; = returned() returns 6 using 8 gas
(module
  ;; 4 + 1 + 6, 3 for those who stay, and 3 + 1 behind.
  (func (export "left") (param i32) (result i32)
    (block $out
      (br_if $out (local.get 0))
      (nop) (nop) (nop))
    (nop) (nop) (nop)
    (i32.const 5))
  ;; 4 + 10 + 2 + 1.
  (func (export "unreached") (result i32)
    (block $out
      (br $out)
      (nop) (nop) (nop) (nop) (nop) (nop))
    (nop) (nop)
    (i32.const 5))
  (func (export "returned") (result i32)
    (return (i32.const 6))
    (nop) (nop) (nop) (nop)))
