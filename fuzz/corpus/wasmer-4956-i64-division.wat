;; wasmer #4956 (gear #4103, singlepass on aarch64): 64-bit divisions gave wrong results. Quotients
;; round towards zero, and all 64 bits count.
;; = div_s(-7, 2) returns -3
;; = div_s(0x8000000000000000, 2) returns 0xc000000000000000
;; = div_s(0x8000000000000000, -1) traps IntegerOverflow
;; = div_s(1, 0) traps DivisionByZero
;; = div_u(-7, 2) returns 0x7ffffffffffffffc
;; = div_u(0x100000000, 0x80000000) returns 2
;; = div_u(0x8000000000000000, -1) returns 0
;; = div_u(1, 0) traps DivisionByZero
;; = rem_u(-7, 10) returns 9
;; = rem_u(0x100000005, 0x100000000) returns 5
;; = both(1000000007, 1000) returns 1000000, 7
(module
  (func (export "div_s") (param i64 i64) (result i64) (i64.div_s (local.get 0) (local.get 1)))
  (func (export "div_u") (param i64 i64) (result i64) (i64.div_u (local.get 0) (local.get 1)))
  (func (export "rem_u") (param i64 i64) (result i64) (i64.rem_u (local.get 0) (local.get 1)))
  (func (export "both") (param i64 i64) (result i64 i64)
    (i64.div_s (local.get 0) (local.get 1))
    (i64.rem_s (local.get 0) (local.get 1))))
