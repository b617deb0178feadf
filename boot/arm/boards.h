// SPDX-License-Identifier: MIT
// Facts about a board that boot needs before it has read the device tree. Boot recognises the board by the
// start of RAM. Everything else comes from the device tree.
#pragma once

#include <lib/types.h>

struct early_board {
	u32 ram;   // physical address of RAM
	u32 uart;  // physical address of a PL011, for error messages
	bool psci; // the firmware answers hvc or smc
};

#define VIRT_RAM          0x40000000u
#define VIRT_UART         0x09000000u
#define VEXPRESS_A15_RAM  0x80000000u
#define VEXPRESS_A15_UART 0x1c090000u
#define VEXPRESS_A9_RAM   0x60000000u
#define VEXPRESS_A9_UART  0x10009000u
