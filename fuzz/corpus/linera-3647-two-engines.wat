;; linera #3647 and #1967, polkadot-sdk (substrate #14084), soroban #1434, #1442, #1460, #1313: the gas
;; was what an engine took, so that no other could be used, nor another version of it. What one of each
;; kind of operator costs is the sum of its prices, whatever an engine fuses: an entry 4, a local 1, a
;; global 2, a multiplication 2, a division 3, a load 30, a store 5, br_if 6, and 1 all else that is here.
;; = mixture(6) returns 3 using 63 gas
;; = loops(5) returns 120 using 83 gas
(module
  (memory 1)
  (global $global (mut i32) (i32.const 0))
  ;; 5 at the entry, then 7, 11, 33 and 7.
  (func (export "mixture") (param i32) (result i32)
    (local i64)
    (global.set $global (i32.div_u (local.get 0) (i32.const 2)))
    (i32.store (i32.const 8) (i32.rem_u (local.get 0) (i32.const 4)))
    (local.set 1 (i64.extend_i32_u (i32.load (i32.const 8))))
    (i32.add (i32.wrap_i64 (i64.sub (local.get 1) (i64.const 2))) (global.get $global)))
  ;; 5 factorial: 7 in front, 15 for each run, 1 behind.
  (func (export "loops") (param i32) (result i32)
    (local $product i32)
    (local.set $product (i32.const 1))
    (loop $again
      (local.set $product (i32.mul (local.get $product) (local.get 0)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get $product)))
