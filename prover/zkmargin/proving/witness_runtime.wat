;; What circom's witness calculators import, in WebAssembly itself: no call ever comes back to Python.
;; The table's one slot is filled by witness_driver.wat, because the calculator is linked after this module.
(module
  (type $nextChar (func (result i32)))
  (table (export "table") 1 1 funcref)
  (memory (export "memory") 1)
  (global $code (export "code") (mut i32) (i32.const 0))
  (global $messageLength (export "messageLength") (mut i32) (i32.const 0))

  ;; circom's error codes: 1 signal not found, 2 too many signals set, 3 signal already set, 4 assert failed,
  ;; 5 not enough memory, 6 input array access exceeds the size, 7 out of bounds array access
  (func (export "exceptionHandler") (param $value i32)
    (global.set $code (local.get $value))
    unreachable)

  ;; Appends circom's message ("Error in template ... line ...") to the first page; what does not fit is dropped.
  (func (export "printErrorMessage")
    (local $char i32)
    (loop $next
      (local.set $char (call_indirect (type $nextChar) (i32.const 0)))
      (if (i32.lt_u (global.get $messageLength) (i32.const 65536))
        (then
          (i32.store8 (global.get $messageLength)
            (select (local.get $char) (i32.const 10) (local.get $char)))
          (global.set $messageLength (i32.add (global.get $messageLength) (i32.const 1)))))
      (br_if $next (local.get $char))))

  ;; log(...) may show witness values: read to its end, kept nowhere.
  (func (export "writeBufferMessage")
    (loop $next (br_if $next (call_indirect (type $nextChar) (i32.const 0)))))
  (func (export "showSharedRWMemory")))
