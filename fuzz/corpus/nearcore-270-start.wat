;; nearcore #270: the gas of a start function was not charged. Start functions are outside of the
;; subset.
;; = refused start-section
(module
  (func $start (loop (br 0)))
  (start $start)
  (func (export "run")))
