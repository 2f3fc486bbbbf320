;; wasmi 2.0.0: where a block takes a parameter that is no local, a `local.get` that lies below it was
;; copied inside the block when the local was set there. A way around the set left the slot as it
;; was, and the contract read what other code had left in memory. Blocks with parameters are refused.
;; = refused block-param-count
(module
  (memory 1)
  (func (export "run") (param $around i32) (result i32)
    (local $x i32)
    (local.set $x (i32.add (i32.load (i32.const 100)) (i32.const 7)))
    (i32.const 0)
    (local.get $x)
    (i32.const 5)
    (block (param i32)
      (drop)
      (br_if 0 (local.get $around))
      (local.set $x (i32.const 9)))
    (i32.store)
    (i32.load (i32.const 0))))
