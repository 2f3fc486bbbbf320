;; polkadot-sdk #9565: memories that contracts declare and do not use took the machine's memory. A
;; declared maximum reserves nothing: what is not grown to is not there, and what is, is zero.
;; = beyond(65532) returns 0
;; = beyond(65533) traps MemoryOutOfBounds
;; = grown(131068) returns 0, 2
;; = grown(131069) traps MemoryOutOfBounds
(module
  (memory 1 100)
  (func (export "beyond") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grown") (param i32) (result i32 i32)
    (drop (memory.grow (i32.const 1)))
    (i32.load (local.get 0))
    (memory.size)))
