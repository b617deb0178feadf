// SPDX-License-Identifier: MIT
// The fixed addresses of every PC, or of QEMU's: ports, interrupts, the start of RAM.
#pragma once

// A multiboot loader puts each segment at the ELF file's physical address, so this is a constant.
#define PC_PHYS_OFFSET 0

// Ports, and their numbers of ports.
#define PC_PIC_MASTER      0x20
#define PC_PIC_SLAVE       0xa0
#define PC_PIC_LEVELS      0x4d0
#define PC_PIC_PORTS       2
#define PC_PIT             0x40
#define PC_PIT_PORTS       4
#define PC_CMOS            0x70
#define PC_CMOS_PORTS      2
#define PC_COM1            0x3f8
#define PC_COM_PORTS       8
#define PC_KEYBOARD_STATUS 0x64 // read; written: its command register
#define PC_RESET_CONTROL   0xcf9

#define PC_PIT_IRQ  0 // also the HPET's, which replaces the PIT
#define PC_COM1_IRQ 4

// The default addresses of newer PCs' interrupt controllers.
#define PC_IOAPIC          0xfec00000
#define PC_IOAPIC_SIZE     0x400
#define PC_LOCAL_APIC      0xfee00000
#define PC_LOCAL_APIC_SIZE 0x1000

// QEMU's -device isa-debug-exit,iobase=0xf4,iosize=4: writing v ends it with status v << 1 | 1.
#define PC_DEBUG_EXIT             0xf4
#define PC_DEBUG_EXIT_VAL(status) ((status) >> 1)

// The BIOS loads the boot sector at this address; some hundred bytes below it are free.
#define PC_LOW_STACK 0x7c00

// The BIOS's areas: its data page, which contains the segment number of its extended data area. That
// area, video memory and ROMs follow, up to 1 MB.
#define PC_BIOS_DATA        0x00000400
#define PC_BIOS_EBDA_WORD   (PC_BIOS_DATA + 0x0e)
#define PC_BIOS_EBDA_LOWEST 0x00080000
#define PC_VIDEO_START      0x000a0000
#define PC_ROM_START        0x000c0000 // of expansion cards
#define PC_BIOS_START       0x000f0000
#define PC_BIOS_END         0x00100000
// ACPI's first pointer is here, or at the start of the extended data area (ACPI 6.4, 5.2.5.1).
#define PC_ACPI_START     0x000e0000
#define PC_ACPI_EBDA_SIZE 0x400
