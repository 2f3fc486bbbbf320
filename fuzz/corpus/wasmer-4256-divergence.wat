;; wasmer #4256: what stands in front of an if was charged in its first arm alone, so the other way
;; ran for nothing. Both pay for it: an entry costs 4, an if 6, and 1 all else that is here.
;; = arms(1) returns 1 using 24 gas
;; = arms(0) returns 0 using 24 gas
;; = nested(1) returns 2 using 27 gas
;; = nested(0) returns 3 using 19 gas
(module
  ;; 4 + 4 * 3 + 1 + 6, and then 1 in a block.
  (func (export "arms") (param i32) (result i32)
    (local.set 0 (i32.add (local.get 0) (i32.const 0)))
    (nop) (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (if (result i32) (local.get 0)
      (then (block (result i32) (local.get 0)))
      (else (block (result i32) (local.get 0)))))
  ;; 4 + 7 + 1 + 6, and then 8 + 1, or 1.
  (func (export "nested") (param i32) (result i32)
    (nop) (nop) (nop) (nop) (nop) (nop) (nop)
    (if (result i32) (local.get 0)
      (then
        (if (result i32) (i32.eqz (local.get 0))
          (then (nop) (i32.const 1))
          (else (i32.const 2))))
      (else (i32.const 3)))))
