;; nitro #2876 and #2878: a new version of the engine met what the old one had compiled, and the node
;; stopped. The contract goes on counting where it was, whatever engine ran it before, and grows its
;; memory as far as the rules that hold now allow, by code that was written for these.
(module
  (import "lockstep" "storage_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "lockstep" "storage_write" (func $write (param i32 i32 i32 i32)))
  (import "lockstep" "return" (func $return (param i32 i32)))
  (memory 1)
  (data (i32.const 0) "count")
  ;; Returns the count, 8 bytes, and the pages before a growth by one, or -1 where it is refused.
  (func (export "counts")
    (drop (call $read (i32.const 0) (i32.const 5) (i32.const 8) (i32.const 8)))
    (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
    (call $write (i32.const 0) (i32.const 5) (i32.const 8) (i32.const 8))
    (i32.store (i32.const 16) (memory.grow (i32.const 1)))
    (call $return (i32.const 8) (i32.const 12))))
