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
  if $regparm == 0
    info registers SCTLR TTBCR TTBR0 TTBR1 DFSR
  end
end
document qemu-regs
All registers of the CPU as QEMU sees them, control registers included. On ARM those that page tables depend on;
`info all-registers` shows the others.
end

define bpanic
  hbreak panic_stop
end
document bpanic
Stops where every panic and oops ends, after everything was printed.
end

define kcall
  if $regparm == 0
    if $argc == 1
      print $arg0()
    end
    if $argc == 2
      print $arg0($arg1)
    end
    if $argc == 3
      print $arg0($arg1, $arg2)
    end
    if $argc == 4
      print $arg0($arg1, $arg2, $arg3)
    end
    if $argc == 5
      print $arg0($arg1, $arg2, $arg3, $arg4)
    end
  else
    set $kept_eax = $eax
    set $kept_edx = $edx
    set $kept_ecx = $ecx
    if $argc > 1
      set $eax = (unsigned long)$arg1
    end
    if $argc > 2
      set $edx = (unsigned long)$arg2
    end
    if $argc > 3
      set $ecx = (unsigned long)$arg3
    end
    if $argc > 4
      print ((unsigned long (*)(unsigned long))$arg0)((unsigned long)$arg4)
    else
      print ((unsigned long (*)(void))$arg0)()
    end
    set $eax = $kept_eax
    set $edx = $kept_edx
    set $ecx = $kept_ecx
  end
end
document kcall
kcall FUNCTION [ARG...]: calls a function of the kernel with up to four arguments, for example
  kcall pt_show_walk kernel_root 0xc0010000 monitor_line 0
Use it in place of `call`: on x86 the kernel takes arguments in registers, which gdb does not know.
end

define hook-call
  if $regparm != 0
    echo `call` puts arguments on the stack; this kernel takes them in registers: use `kcall`.\n
  end
end
