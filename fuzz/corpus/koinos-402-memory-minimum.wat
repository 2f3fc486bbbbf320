;; koinos #402: a memory that is large from the beginning took the machine's memory before anything
;; was paid. It may start with 128 pages, and each is paid with the instance.
;; = refused memory-pages
(module
  (memory 129)
  (func (export "run")))
