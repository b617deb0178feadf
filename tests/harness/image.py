# SPDX-License-Identifier: MIT
# Kernels made wrong on purpose: copies with a patched instruction, and small pieces of machine code
# that lie to the kernel before it starts, as a broken boot loader would.
"""Patched copies and shims."""

import struct
from pathlib import Path

from harness.guest import decode, qemu

ARM_BKPT = struct.pack("<I", 0xE1200070)  # bkpt #0 (A8.8.24): a prefetch abort where no debugger is
ARM_UDF = struct.pack("<I", 0xE7F000F0)  # udf #0 (ARM ARM A8.8.247)
X86_UD2 = b"\x0f\x0b"
LIDT = b"\x0f\x01"                       # 0F 01 /3 (SDM vol 2, LGDT/LIDT)

MULTIBOOT_LOADER_MAGIC = 0x2BADB002      # in EAX (Multiboot specification 0.6.96, 3.2)
# struct multiboot_info (3.3): flags, and byte offsets of fields.
MB_MEMORY, MB_MODS, MB_MMAP = 1 << 0, 1 << 3, 1 << 6
MB_MEM_UPPER = 8
MB_MODS_COUNT, MB_MODS_ADDR = 20, 24
MB_MMAP_LENGTH, MB_MMAP_ADDR = 44, 48

PAGE = 4096


def trap_at(kernel, machine, symbol, path, arm_code=ARM_UDF):
    """A copy of what QEMU loads, with an undefined instruction where the function starts."""
    addr = kernel.symbols[symbol]
    image = bytearray(Path(machine.image).read_bytes())
    if machine.arch == "arm":
        at = (addr & ~1) - kernel.symbols["_start"]
        image[at:at + 4] = arm_code
    else:
        at = kernel.file_offset(addr)
        image[at:at + 2] = X86_UD2
    path.write_bytes(image)
    return str(path)


def first_page_only(kernel, machine, path):
    """A copy of what QEMU loads, whose first page tables map only the first page of the kernel's code."""
    row = kernel.symbols["kernel_image_map"]  # struct kmap_row: name, start, end, ...
    image = bytearray(Path(machine.image).read_bytes())
    at = row - kernel.symbols["_start"] if machine.arch == "arm" else kernel.file_offset(row)
    start = struct.unpack_from("<I", image, at + 4)[0]
    struct.pack_into("<I", image, at + 8, start + PAGE)
    path.write_bytes(image)
    return str(path)


def trap_at_lidt(kernel, path):
    """A copy of an x86 kernel that traps instead of loading its first IDT. Returns the address too."""
    start, end = kernel.symbols["_head_start"], kernel.symbols["_head_end"]
    off = kernel.file_offset(start)
    code = kernel.image[off:off + end - start]
    at = next(i for i in range(len(code) - 2)
              if code[i:i + 2] == LIDT and code[i + 2] >> 3 & 7 == 3 and code[i + 2] >> 6 != 3)
    image = bytearray(kernel.image)
    image[off + at:off + at + 2] = X86_UD2
    path.write_bytes(image)
    return str(path), start + at


class MultibootShim:
    """Code that runs between the boot loader and an x86 kernel; EBX points to multiboot_info."""

    def __init__(self, kernel, base=None):
        self.kernel = kernel
        end = kernel.symbols["_end"] - kernel.page_offset
        self.base = base or (end + 16 * PAGE)
        self.code = b""
        self.data = b""

    def eax(self, value):
        self.code += b"\xb8" + struct.pack("<I", value)  # mov eax, imm32
        return self

    def cr4(self, value):
        self.eax(value)
        self.code += b"\x0f\x22\xe0"  # mov cr4, eax
        return self

    def clear_flags(self, bits):
        self.code += b"\x81\x23" + struct.pack("<I", ~bits & 0xFFFFFFFF)  # and [ebx], imm32
        return self

    def set_flags(self, bits):
        self.code += b"\x81\x0b" + struct.pack("<I", bits)  # or [ebx], imm32
        return self

    def field(self, offset, value):
        self.code += b"\xc7\x43" + struct.pack("<BI", offset, value)  # mov [ebx+disp8], imm32
        return self

    def put(self, data):
        """Places data in the shim. Returns its physical address."""
        at = self.base + PAGE // 2 + len(self.data)
        self.data += data
        return at

    def module(self, start, end):
        """Claims that the loader has put one module there."""
        self.set_flags(MB_MODS).field(MB_MODS_COUNT, 1)
        return self.field(MB_MODS_ADDR, self.put(struct.pack("<4I", start, end, 0, 0)))

    def memory_map(self, *ranges):
        """Replaces the memory map: (base, length, type)."""
        data = b"".join(struct.pack("<IQQI", 20, *r) for r in ranges)
        self.set_flags(MB_MMAP).field(MB_MMAP_LENGTH, len(data))
        return self.field(MB_MMAP_ADDR, self.put(data))

    def write(self, path):
        """The kernel with this shim as one more segment, and as its entry point."""
        image = bytearray(self.kernel.image)
        entry = struct.unpack_from("<I", image, 24)[0]
        phoff = struct.unpack_from("<I", image, 28)[0]
        phentsize, phnum = struct.unpack_from("<HH", image, 42)
        if entry >= self.kernel.page_offset:
            entry -= self.kernel.page_offset
        code = self.code
        code += b"\xe9" + struct.pack("<I", (entry - (self.base + len(code) + 5)) & 0xFFFFFFFF)  # jmp
        code = code.ljust(PAGE // 2, b"\x90") + self.data
        image += b"\0" * (-len(image) % PAGE)
        at = len(image)
        image += code.ljust(PAGE, b"\0")
        table = image[phoff:phoff + phnum * phentsize]
        table += struct.pack("<8I", decode.PT_LOAD, at, self.base, self.base, PAGE, PAGE, 7, PAGE)
        struct.pack_into("<II", image, 24, self.base, len(image))
        struct.pack_into("<H", image, 44, phnum + 1)
        image += table
        path.write_bytes(image)
        return str(path)


# Where the ARM shim and what it hands over lie on virt, above the kernel and below 32 MB of RAM.
ARM_SHIM, ARM_DTB, ARM_INITRD = 0x41000000, 0x41100000, 0x41400000


def arm_loader(machine, folder, dtb=None, r2=ARM_DTB, initrd=None):
    """Makes the machine enter the kernel by a shim of ours: r2 = our DTB as it is (QEMU would repair
    or refuse a broken one), or any value. QEMU's own DTB lies in RAM too, unused."""
    kernel_at = machine.phys_offset + decode.TEXT_OFFSET["arm"]
    shim = folder / "shim.bin"
    #  mov r0, #0 ; mvn r1, #0 ; ldr r2, [pc, #0] ; ldr pc, [pc, #0] ; DTB ; kernel
    shim.write_bytes(struct.pack("<6I", 0xE3A00000, 0xE3E01000, 0xE59F2000, 0xE59FF000, r2, kernel_at))
    extra = ["-device", f"loader,file={qemu.quoted(shim)},addr={ARM_SHIM:#x},force-raw=on",
             "-device", f"loader,addr={ARM_SHIM:#x},cpu-num=0"]
    for data, name, addr in ((dtb, "broken.dtb", ARM_DTB), (initrd, "initrd", ARM_INITRD)):
        if data is not None:
            (folder / name).write_bytes(data)
            extra += ["-device", f"loader,file={qemu.quoted(folder / name)},addr={addr:#x},force-raw=on"]
    machine.extra = list(machine.extra) + extra
    return machine
