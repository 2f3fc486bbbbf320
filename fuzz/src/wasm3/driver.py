"""Runs prepared modules in wasm3 for `wasm3.rs`, which starts this file in Python and talks to it
over the standard streams; `v8/driver.js` describes the messages.

The package `pywasm3` frees nothing, and a fault in wasm3 would end the process, so each module is
compiled, and each run made, in a process forked for it, while the first one waits. So only one run
is under way at a time: a contract cannot call another one here. Probes are not there either: the
package has no way to put a function into a table.
"""

import functools
import os
import struct
import sys

import wasm3

STACK_BYTES = 1 << 20
BLOCK_BYTES = 4096
PAGE_BYTES = 65536
RETURNED, UNWOUND, FAILED = 0, 1, 2
I32, I64, UNWIND = 1, 2, 3
# Of the binary format: a section, the type i64, and what is exported.
CUSTOM, WIDE, FUNCTION, GLOBAL = 0, 0x7E, 0, 3
GLOBAL_PREFIX = "lockstep.global."


class Sections:
    """What the driver must know of a module in the binary format."""

    def __init__(self, code):
        self.code = code
        self.at = 8
        self.without_names = code[:8]
        self.imports, self.functions, self.wide = [], 0, []
        self.exported_functions, self.exported_globals = [], {}
        readers = {2: self.import_, 3: self.function, 6: self.global_, 7: self.export}
        while self.at < len(code):
            start, section, length = self.at, self.byte(), self.leb()
            end = self.at + length
            if section != CUSTOM:
                self.without_names += code[start:end]
            if section in readers:
                for index in range(self.leb()):
                    readers[section](index)
            self.at = end

    def byte(self):
        self.at += 1
        return self.code[self.at - 1]

    def leb(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def name(self):
        length = self.leb()
        self.at += length
        return self.code[self.at - length : self.at].decode()

    def import_(self, _index):
        # The policy accepts functions only: the kind is 0.
        self.imports.append((self.name(), self.name(), self.byte(), self.leb())[:2])

    def function(self, _index):
        self.leb()
        self.functions += 1

    def global_(self, _index):
        # A type, whether it is mutable, and a constant or another global, then the end.
        self.wide.append(self.byte() == WIDE)
        _mutable, _operator, _value, _end = self.byte(), self.byte(), self.leb(), self.byte()

    def export(self, _index):
        name, kind, index = self.name(), self.byte(), self.leb()
        if kind == FUNCTION:
            self.exported_functions.append(name)
        elif kind == GLOBAL and name.startswith(GLOBAL_PREFIX):
            self.exported_globals[int(name[len(GLOBAL_PREFIX) :])] = self.wide[index]


class Stopped(Exception):
    """What stops a guest when the host wishes it."""


def read_exactly(count):
    parts = []
    while count > 0:
        part = os.read(0, count)
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive():
    (length,) = struct.unpack("<I", read_exactly(4))
    return read_exactly(length)


def send(kind, *parts):
    body = b"".join((kind, *parts))
    message = struct.pack("<I", len(body)) + body
    while message:
        message = message[os.write(1, message) :]


class Guest:
    """A module in a runtime of its own."""

    def __init__(self, code):
        self.sections = Sections(code)
        environment = wasm3.Environment()
        self.runtime = environment.new_runtime(STACK_BYTES)
        # wasm3 would take a name in a custom section for that of an export.
        self.module = environment.parse_module(self.sections.without_names)
        self.shadow = b""

    def load(self):
        self.runtime.load(self.module)
        for module, name in self.sections.imports:
            answer = functools.partial(host_call, self, name)
            self.module.link_function(module, name, answer)

    def counters(self):
        # The package gives 32 bits without a sign and 64 with one.
        gas = self.module.get_global("lockstep.gas")
        return struct.pack("<qI", gas, self.module.get_global("lockstep.stack"))

    def set_counters(self, gas, stack):
        self.module.set_global("lockstep.gas", gas)
        self.module.set_global("lockstep.stack", stack)

    def memory(self):
        view = self.runtime.get_memory(0)
        return memoryview(b"") if view is None else view

    def changed(self, memory):
        """The blocks of memory that changed since the other side saw them, which it now does."""
        shadow = self.shadow + bytes(len(memory) - len(self.shadow))
        self.shadow = bytes(memory)
        blocks = []
        for start in range(0, len(memory), BLOCK_BYTES):
            block = self.shadow[start : start + BLOCK_BYTES]
            if block != shadow[start : start + BLOCK_BYTES]:
                blocks += (struct.pack("<I", start // BLOCK_BYTES), block)
        return blocks


def host_call(guest, name, *values):
    memory = guest.memory()
    # The package does not say how wide an argument is; the other side cuts it.
    arguments = [struct.pack("<q", value) for value in values]
    short = struct.pack("<B", len(name)) + name.encode()
    length = struct.pack("<I", len(memory))
    count = struct.pack("<B", len(values))
    blocks = guest.changed(memory)
    send(b"h", guest.counters(), length, short, count, *arguments, *blocks)
    answer = receive()
    if answer[:1] != b"a":
        raise SystemExit("a run while another one is under way")
    gives, value, gas, stack = struct.unpack_from("<Bqqi", answer, 1)
    guest.set_counters(gas, stack)
    shadow = bytearray(guest.shadow)
    for at in range(22, len(answer), 4 + BLOCK_BYTES):
        (index,) = struct.unpack_from("<I", answer, at)
        block = answer[at + 4 : at + 4 + BLOCK_BYTES]
        memory[index * BLOCK_BYTES : (index + 1) * BLOCK_BYTES] = block
        shadow[index * BLOCK_BYTES : (index + 1) * BLOCK_BYTES] = block
    guest.shadow = bytes(shadow)
    if gives == UNWIND:
        raise Stopped
    if gives == I32:
        return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000
    return value if gives == I64 else None


def compile_all(code):
    """Compiles every function: wasm3 would leave each until its first call.

    A function that has no name is found by its index.
    """
    try:
        guest = Guest(code)
        guest.load()
        first = len(guest.sections.imports)
        names = [f"$func{first + index}" for index in range(guest.sections.functions)]
        for name in names + guest.sections.exported_functions:
            try:
                guest.runtime.find_function(name)
            except RuntimeError as error:
                # Only what is not exported has such a name.
                if not str(error).startswith("function lookup failed"):
                    raise
    except RuntimeError as error:
        # That is a trap of each run.
        if not str(error).startswith("data segment out of bounds"):
            return refused(str(error))
    send(b"c")


def refused(text):
    send(b"e", text.encode())


def run(code, request):
    gas, stack = struct.unpack_from("<qi", request)
    guest = Guest(code)
    try:
        guest.load()
    except RuntimeError as error:
        return failed(str(error), gas, stack)
    guest.set_counters(gas, stack)
    ending, text = RETURNED, ""
    try:
        guest.runtime.find_function(request[12:].decode())()
    except Stopped:
        ending = UNWOUND
    except RuntimeError as error:
        ending, text = FAILED, str(error)
    memory = guest.memory()
    pages = struct.pack("<I", len(memory) // PAGE_BYTES)
    counters = guest.counters()
    send(b"r", bytes([ending]), counters, pages, *words(text), *left(guest, memory))


def failed(text, gas=0, stack=0):
    send(b"r", struct.pack("<BqiI", FAILED, gas, stack, 0), *words(text))


def words(text):
    """A text with its length before it."""
    return struct.pack("<I", len(text.encode())), text.encode()


def left(guest, memory):
    """What a run leaves behind: the mutable globals by index, and the changed memory."""
    exported = sorted(guest.sections.exported_globals.items())
    values = []
    for index, wide in exported:
        value = guest.module.get_global(f"{GLOBAL_PREFIX}{index}")
        values.append(struct.pack("<Q", value % (1 << (64 if wide else 32))))
    return [struct.pack("<I", len(values)), *values, *guest.changed(memory)]


def in_a_process(answer, work, *arguments):
    """Does work that answers, in a process of its own, and answers for it if that dies."""
    child = os.fork()
    if child == 0:
        # wasm3 prints where it trapped.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            work(*arguments)
        except BaseException as error:
            answer(f"the driver is wrong: {error!r}")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        answer(f"wasm3 died of signal {os.WTERMSIG(status)}")


def main():
    modules = {}
    send(b"v", wasm3.M3_VERSION.encode())
    while True:
        request = receive()
        kind, (module,) = request[:1], struct.unpack_from("<I", request, 1)
        if kind == b"C":
            modules[module] = request[5:]
            in_a_process(refused, compile_all, modules[module])
        elif kind == b"D":
            del modules[module]
        elif kind == b"R":
            in_a_process(failed, run, modules[module], request[5:])
        else:
            sys.exit(f"a message of kind {kind}")


main()
