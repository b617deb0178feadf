// SPDX-License-Identifier: MIT
// What a PC has by definition, or by QEMU's: ports and interrupts, and where RAM starts.
#pragma once

// A multiboot loader puts each segment at the physical address that the ELF file says, so this is
// known, not found.
#define PC_PHYS_OFFSET 0

#define PC_COM1     0x3f8
#define PC_COM1_IRQ 4
#define PC_PIT_IRQ  0

// QEMU's -device isa-debug-exit,iobase=0xf4,iosize=4: writing v ends it with status v << 1 | 1.
#define PC_DEBUG_EXIT             0xf4
#define PC_DEBUG_EXIT_VAL(status) ((status) >> 1)

// The BIOS's areas: its data page, which says (as a segment number) where its extended data area
// starts; from there to 1 MB lie that area, video memory and ROMs.
#define PC_BIOS_DATA        0x00000400
#define PC_BIOS_EBDA_WORD   (PC_BIOS_DATA + 0x0e)
#define PC_BIOS_EBDA_LOWEST 0x00080000
#define PC_VIDEO_START      0x000a0000
#define PC_BIOS_END         0x00100000
// Where ACPI's first pointer may lie (ACPI Specification 6.4, 5.2.5.1): here, or at the start of the
// extended data area.
#define PC_ACPI_START     0x000e0000
#define PC_ACPI_EBDA_SIZE 0x400
