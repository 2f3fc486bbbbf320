;; nearcore #3158: calls from contract to host and back cost less than they took. Here a call of the
;; host pays for the operator, 12 gas, and what the host takes, 5 in this test, each time anew; an
;; entry costs 4, a branch 6, a local 1, and 1 all else that is here.
;; = once() returns using 22 gas
;; = thrice() returns using 58 gas
;; = often(10) returns using 284 gas
(module
  (import "lockstep" "block_height" (func $height (result i64)))
  (func (export "once") (drop (call $height)))
  (func (export "thrice") (drop (call $height)) (drop (call $height)) (drop (call $height)))
  ;; 4, and 28 for each run.
  (func (export "often") (param i32)
    (loop $again
      (drop (call $height))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
