;; wasmi 2.0.0 fuses a comparison with zero and the select behind it, and then looks at whatever
;; its register holds. The metering pass keeps the two apart; these give wrong results otherwise.
(module
  (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
  (func (export "eqz") (param i32 i32) (result i32)
    (local.set 1 (i32.mul (local.get 1) (local.get 1)))
    (select (i32.const 100) (i32.const 200) (i32.eqz (local.get 0))))
  (func (export "ne") (param i32 i32) (result i32)
    (i32.add
      (i32.clz (local.get 1))
      (select (i32.const 100) (i32.const 200) (i32.ne (local.get 0) (i32.const 0)))))
  (func (export "eq") (param i32 i32) (result i64)
    (i64.extend_i32_u (call $square (local.get 1)))
    (select (i64.const 1) (i64.const 2) (i32.eq (i32.const 0) (local.get 0)))
    (i64.mul))
  (func (export "twice") (param i32 i32) (result i32)
    (i32.sub
      (i32.popcnt (local.get 1))
      (select (local.get 0) (local.get 1)
        (i32.eqz (nop (i32.eqz (local.get 0)))) (nop)))))
