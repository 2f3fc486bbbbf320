;; nearcore #3118, #5931 and #5978: contracts that took all the memory they could get ended the
;; process. Up to the limit of 128 pages every growth succeeds and the last byte can be written;
;; beyond it there is nothing.
;; = to_the_limit() returns 1, 128, 9
;; = page_by_page() returns 128, -1
;; = past_the_limit() traps MemoryOutOfBounds
(module
  (memory 1)
  (func (export "to_the_limit") (result i32 i32 i32)
    (memory.grow (i32.const 127))
    (memory.size)
    (i32.store8 (i32.const 8388607) (i32.const 9))
    (i32.load8_u (i32.const 8388607)))
  ;; It writes to each page.
  (func (export "page_by_page") (result i32 i32)
    (drop (memory.grow (i32.const 100)))
    (loop $again
      (i32.store (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)) (i32.const 7))
      (br_if $again (i32.ne (memory.grow (i32.const 9)) (i32.const -1))))
    (memory.size)
    (memory.grow (i32.const 1)))
  (func (export "past_the_limit") (result i32)
    (drop (memory.grow (i32.const 127)))
    (i32.load8_u (i32.const 8388608))))
