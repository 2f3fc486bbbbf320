// Runs prepared modules in V8 for `v8.rs`, which starts this file in Node.js and talks to it over
// the standard streams.
//
// Every message is its length in bytes (u32) and that many bytes, the first of which is its kind;
// numbers are little-endian. Requests are `C` (compile: id, module), `D` (drop: id) and `R` (run:
// id, gas i64, stack i32, method). Answers are `v` (once, at the start: the version of V8), `c`
// (compiled), `e` (refused: text) and `r` (the run is over: ending, gas, stack, pages, length of the
// text, text, and if there was an instance the count of its globals, their values u64, and blocks).
//
// While a module runs, each host call is sent as `h` (gas, stack, bytes of memory, name, count of
// arguments, arguments u64, blocks), and answered with `a` (what it gives, value, gas, stack,
// blocks). Until the answer comes there may be other requests: a contract calls another one. A
// probe is sent as `p` (number, operand) and not answered. A block is an index and 4 KiB of memory
// that changed since the other side last saw it.
//
// The module runs in a worker, because a worker's native stack can be as large as one likes.
'use strict';

const fs = require('node:fs');
const { Worker, isMainThread } = require('node:worker_threads');

const STACK_MIB = 256;
const BLOCK_BYTES = 4096;
const PAGE_BYTES = 65536;
const [RETURNED, UNWOUND, FAILED] = [0, 1, 2];
const [I32, I64, UNWIND] = [1, 2, 3];
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

// (module (import "e" "p" (func (param i32 i32) (result i32))) (export "p" (func 0)))
// A table takes functions of Wasm only, so the one that probes call goes through a module.
const PROBE_MODULE = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 2, 7, 1, 1, 0x65, 1,
  0x70, 0, 0, 7, 5, 1, 1, 0x70, 0, 0,
]);

/** What stops a guest when the host wishes it. Wasm without exception handling cannot catch it. */
const STOPPED = new Error('stopped by the host');

/** Reads the fields of a message in order. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  u8() {
    return this.bytes[this.at++];
  }
  u32() {
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }
  i32() {
    this.at += 4;
    return this.bytes.readInt32LE(this.at - 4);
  }
  i64() {
    this.at += 8;
    return this.bytes.readBigInt64LE(this.at - 8);
  }
  rest() {
    return this.bytes.subarray(this.at);
  }
}

function i32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}

function i64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value));
  return bytes;
}

/** What `attempt` gives, as soon as the stream is ready: Node.js may have set it not to block. */
function whenReady(attempt) {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}

/** Fills `bytes` from the standard input; ends the process when there is no more. */
function readInto(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const count = whenReady(() => fs.readSync(0, bytes, at, bytes.length - at, null));
    if (count === 0) process.exit(0);
    at += count;
  }
  return bytes;
}

function receive() {
  const length = readInto(Buffer.alloc(4)).readUInt32LE();
  return new Reader(readInto(Buffer.alloc(length)));
}

function send(kind, ...parts) {
  const body = Buffer.concat([Buffer.from(kind), ...parts]);
  const message = Buffer.concat([i32(body.length), body]);
  for (let at = 0; at < message.length; ) {
    at += whenReady(() => fs.writeSync(1, message, at));
  }
}

const modules = new Map();

function compile(request) {
  const id = request.u32();
  try {
    modules.set(id, new WebAssembly.Module(request.rest()));
    send('c');
  } catch (error) {
    send('e', Buffer.from(String(error)));
  }
}

/** Serves one request that is no answer to a host call. */
function serve(kind, request) {
  if (kind === 'C') compile(request);
  else if (kind === 'D') modules.delete(request.u32());
  else if (kind === 'R') run(request);
  else throw new Error(`a message of kind ${kind}`);
}

function run(request) {
  const module = modules.get(request.u32());
  const [gas, stack] = [request.i64(), request.i32()];
  const method = request.rest().toString();
  let instance;
  const frame = { shadow: Buffer.alloc(0) };
  try {
    instance = new WebAssembly.Instance(module, imports(module, frame));
  } catch (error) {
    return send('r', Buffer.of(FAILED), i64(gas), i32(stack), i32(0), ...words(String(error)));
  }
  frame.gas = instance.exports['lockstep.gas'];
  frame.stack = instance.exports['lockstep.stack'];
  frame.memory = instance.exports['lockstep.memory'];
  frame.gas.value = gas;
  frame.stack.value = stack;
  instance.exports['lockstep.probe']?.set(0, probe());
  let [ending, text] = [RETURNED, ''];
  try {
    instance.exports[method]();
  } catch (error) {
    [ending, text] = error === STOPPED ? [UNWOUND, ''] : [FAILED, String(error)];
  }
  const pages = i32((frame.memory?.buffer.byteLength ?? 0) / PAGE_BYTES);
  const counters = [i64(frame.gas.value), i32(frame.stack.value)];
  send('r', Buffer.of(ending), ...counters, pages, ...words(text), ...left(module, instance, frame));
}

/** A text with its length before it. */
function words(text) {
  const bytes = Buffer.from(text);
  return [i32(bytes.length), bytes];
}

/** What a run leaves behind: the module's mutable globals by index, and the changed memory. */
function left(module, instance, frame) {
  const prefix = 'lockstep.global.';
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  const names = exported.filter((name) => name.startsWith(prefix));
  const index = (name) => Number(name.slice(prefix.length));
  const values = names
    .sort((a, b) => index(a) - index(b))
    .map((name) => instance.exports[name].value)
    .map((value) => i64(typeof value === 'bigint' ? value : BigInt(value >>> 0)));
  return [i32(values.length), ...values, ...changed(frame, memoryOf(frame))];
}

/** The guest's memory as it is now, empty when it has none. */
function memoryOf(frame) {
  return frame.memory ? Buffer.from(frame.memory.buffer) : Buffer.alloc(0);
}

/** A function for each import, which asks the other side. */
function imports(module, frame) {
  const functions = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    functions[from] ??= {};
    functions[from][name] = (...values) => hostCall(frame, Buffer.from(name), values);
  }
  return functions;
}

/** What probes call: tells the other side both numbers and gives the first one back. */
function probe() {
  const tell = (operand, number) => {
    send('p', i32(number), i32(operand));
    return operand;
  };
  const module = new WebAssembly.Module(PROBE_MODULE);
  return new WebAssembly.Instance(module, { e: { p: tell } }).exports.p;
}

function hostCall(frame, name, values) {
  const memory = memoryOf(frame);
  const args = values.map((value) => i64(typeof value === 'bigint' ? value : BigInt(value >>> 0)));
  const counters = [i64(frame.gas.value), i32(frame.stack.value), i32(memory.length)];
  const call = [Buffer.of(name.length), name, Buffer.of(args.length), ...args];
  send('h', ...counters, ...call, ...changed(frame, memory));
  for (;;) {
    const message = receive();
    const kind = String.fromCharCode(message.u8());
    if (kind === 'a') return answered(frame, memory, message);
    serve(kind, message);
  }
}

/** The blocks of memory that changed since the other side saw them, which it now does. */
function changed(frame, memory) {
  if (frame.shadow.length < memory.length) {
    const grown = Buffer.alloc(memory.length);
    frame.shadow.copy(grown);
    frame.shadow = grown;
  }
  const blocks = [];
  for (let start = 0; start < memory.length; start += BLOCK_BYTES) {
    const end = start + BLOCK_BYTES;
    if (memory.compare(frame.shadow, start, end, start, end) !== 0) {
      memory.copy(frame.shadow, start, start, end);
      blocks.push(i32(start / BLOCK_BYTES), memory.subarray(start, end));
    }
  }
  return blocks;
}

/** Takes over what a host call came to. */
function answered(frame, memory, message) {
  const gives = message.u8();
  const value = message.i64();
  frame.gas.value = message.i64();
  frame.stack.value = message.i32();
  for (let blocks = message.rest(); blocks.length > 0; ) {
    const start = blocks.readUInt32LE() * BLOCK_BYTES;
    blocks.copy(memory, start, 4, 4 + BLOCK_BYTES);
    blocks.copy(frame.shadow, start, 4, 4 + BLOCK_BYTES);
    blocks = blocks.subarray(4 + BLOCK_BYTES);
  }
  if (gives === UNWIND) throw STOPPED;
  if (gives === I64) return value;
  return gives === I32 ? Number(BigInt.asIntN(32, value)) : undefined;
}

if (isMainThread) {
  const worker = new Worker(__filename, { resourceLimits: { stackSizeMb: STACK_MIB } });
  worker.on('error', (error) => {
    fs.writeSync(2, `${error.stack}\n`);
    process.exit(1);
  });
} else {
  send('v', Buffer.from(process.versions.v8));
  for (;;) {
    const request = receive();
    serve(String.fromCharCode(request.u8()), request);
  }
}
