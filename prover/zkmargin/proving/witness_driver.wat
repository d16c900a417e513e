;; Loops around circom's witness calculator in WebAssembly, so that Python transfers all signals at once.
;; The memory is the runtime's: its first page holds the runtime's message, the following ones inputs and witness.
(module
  (import "runtime" "memory" (memory 1))
  (import "runtime" "table" (table 1 1 funcref))
  (import "circuit" "writeSharedRWMemory" (func $writeShared (param i32 i32)))
  (import "circuit" "readSharedRWMemory" (func $readShared (param i32) (result i32)))
  (import "circuit" "setInputSignal" (func $setInput (param i32 i32 i32)))
  (import "circuit" "getWitness" (func $getWitness (param i32)))
  (import "circuit" "getMessageChar" (func $getMessageChar (result i32)))
  (elem (table 0) (i32.const 0) func $getMessageChar)

  ;; count records of 44 bytes: hash of the name (high word, low word), index, value (8 words, least first)
  (func (export "setInputs") (param $at i32) (param $count i32)
    (local $end i32) (local $word i32)
    (local.set $end (i32.add (local.get $at) (i32.mul (local.get $count) (i32.const 44))))
    (block $done
      (loop $record
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $word (i32.const 0))
        (loop $copy
          (call $writeShared (local.get $word)
            (i32.load offset=12 (i32.add (local.get $at) (i32.shl (local.get $word) (i32.const 2)))))
          (local.set $word (i32.add (local.get $word) (i32.const 1)))
          (br_if $copy (i32.lt_u (local.get $word) (i32.const 8))))
        (call $setInput (i32.load (local.get $at)) (i32.load offset=4 (local.get $at))
          (i32.load offset=8 (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 44)))
        (br $record))))

  ;; the witness: count values of 8 words, least first
  (func (export "readWitness") (param $at i32) (param $count i32)
    (local $index i32)
    (block $done
      (loop $value
        (br_if $done (i32.ge_u (local.get $index) (local.get $count)))
        (call $getWitness (local.get $index))
        (call $readValue (local.get $at))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (br $value))))

  ;; the value in circom's shared memory
  (func $readValue (export "readValue") (param $at i32)
    (local $word i32)
    (loop $copy
      (i32.store (i32.add (local.get $at) (i32.shl (local.get $word) (i32.const 2)))
        (call $readShared (local.get $word)))
      (local.set $word (i32.add (local.get $word) (i32.const 1)))
      (br_if $copy (i32.lt_u (local.get $word) (i32.const 8))))))
