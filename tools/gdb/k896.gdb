# SPDX-License-Identifier: MIT
# gdb on the kernel: settings and commands of our own. Loaded by the script that
# tools/launcher/debug.py writes (make gdb-arm, debug-arm, replay-arm and their x86 twins).

set pagination off
set print pretty on
set disassemble-next-line auto

define phys
  maintenance packet Qqemu.PhyMemMode:1
end
document phys
From here on addresses are physical ones, whatever the page tables say (until `virt`).
end

define virt
  maintenance packet Qqemu.PhyMemMode:0
end
document virt
From here on addresses are virtual again.
end

define qemu-regs
  monitor info registers
end
document qemu-regs
All registers of the CPU, control registers included, as QEMU sees them.
end

define bpanic
  hbreak panic_stop
end
document bpanic
Stops where every panic and oops ends, after everything was printed.
end
