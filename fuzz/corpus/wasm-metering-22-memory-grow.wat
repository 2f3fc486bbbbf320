;; wasm-metering #22, rs-soroban-env #582, ewasm #177, graph-node #436, koinos #402, ref-fvm #1249:
;; memory.grow was free or nearly so. It costs 4,000 and 2,500 for each page that is asked for,
;; whether the memory grows or not; an entry costs 4, a local 1, memory.size 1.
;; = grow(0) returns 1 using 6005 gas
;; = grow(1) returns 1 using 8505 gas
;; = grow(3) returns 1 using 13505 gas
;; = grow(200) returns -1 using 506005 gas
;; = grow(-1) traps OutOfGas
;; = grow(0x100000) traps OutOfGas
;; = size() returns 1 using 5 gas
;; = twice(1) returns 1, 2 using 17006 gas
(module
  (memory 1)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "twice") (param i32) (result i32 i32)
    (memory.grow (local.get 0)) (memory.grow (local.get 0))))
