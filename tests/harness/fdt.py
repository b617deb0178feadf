# SPDX-License-Identifier: MIT
# Device trees to give to the kernel: QEMU's own, taken apart, changed, and put together again.
#
# Devicetree Specification v0.4, chapter 5.
"""A small reader and writer of flattened device trees."""

import struct
import subprocess

from harness.guest import qemu

BEGIN, END, PROP, NOP, FINISH = 1, 2, 3, 4, 9
MAGIC, VERSION, COMPATIBLE_VERSION = 0xD00DFEED, 17, 16
HEADER = ">10I"


class Node:
    """A node: its properties as bytes, and its children, both in order."""

    def __init__(self, name=""):
        self.name = name
        self.props = {}
        self.children = []

    def child(self, name):
        """The child of this name, without or with its @unit-address; made when there is none."""
        for node in self.children:
            if name in (node.name, node.name.split("@")[0]):
                return node
        self.children.append(Node(name))
        return self.children[-1]

    def remove(self, name):
        self.children = [n for n in self.children if n.name.split("@")[0] != name]

    def cells(self, name, *values):
        """Sets a property to 32-bit cells."""
        self.props[name] = struct.pack(f">{len(values)}I", *values)


def parse(blob):
    """The root node of a device tree."""
    _, _, struct_at, strings_at = struct.unpack_from(">4I", blob)
    at, stack, root = struct_at, [], None
    while True:
        token = struct.unpack_from(">I", blob, at)[0]
        at += 4
        if token == BEGIN:
            end = blob.index(b"\0", at)
            node = Node(blob[at:end].decode())
            if stack:
                stack[-1].children.append(node)
            else:
                root = node
            stack.append(node)
            at = (end + 4) & ~3
        elif token == END:
            stack.pop()
        elif token == PROP:
            size, name_at = struct.unpack_from(">2I", blob, at)
            name_at += strings_at
            name = blob[name_at:blob.index(b"\0", name_at)].decode()
            stack[-1].props[name] = blob[at + 8:at + 8 + size]
            at = (at + 8 + size + 3) & ~3
        elif token == FINISH:
            return root


def build(root, reserved=()):
    """The device tree as a blob; reserved: (address, size) of the memory reservation block."""
    strings, offsets, out = bytearray(), {}, bytearray()

    def padded(data):
        return data + b"\0" * (-len(data) % 4)

    def emit(node):
        out.extend(struct.pack(">I", BEGIN) + padded(node.name.encode() + b"\0"))
        for name, value in node.props.items():
            if name not in offsets:
                offsets[name] = len(strings)
                strings.extend(name.encode() + b"\0")
            out.extend(struct.pack(">3I", PROP, len(value), offsets[name]) + padded(value))
        for child in node.children:
            emit(child)
        out.extend(struct.pack(">I", END))

    emit(root)
    out.extend(struct.pack(">I", FINISH))
    rsv = b"".join(struct.pack(">2Q", *r) for r in list(reserved) + [(0, 0)])
    rsv_at = struct.calcsize(HEADER)
    struct_at = rsv_at + len(rsv)
    strings_at = struct_at + len(out)
    total = strings_at + len(strings)
    return struct.pack(HEADER, MAGIC, total, struct_at, strings_at, rsv_at, VERSION,
                       COMPATIBLE_VERSION, 0, len(strings), len(out)) + rsv + bytes(out) \
        + bytes(strings)


def from_qemu(machine, path):
    """The device tree that QEMU makes for this machine."""
    argv = machine.argv()
    at = argv.index("-M")
    argv[at + 1] += f",dumpdtb={qemu.quoted(path)}"
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60)
    return path.read_bytes()
