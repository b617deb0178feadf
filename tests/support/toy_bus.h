// SPDX-License-Identifier: MIT
// For tests of PCI: a bus that is made up, with devices that no machine of ours has.
#pragma once

#include <drivers/pci.h>

#define TOY_VENDOR    0x1896
#define TOY_REGISTERS 16 // words of configuration space
#define BAR(n)        (PCI_BASE_ADDRESS(n) / 4)

struct toy_function {
	unsigned int devfn;
	u32 regs[TOY_REGISTERS];
	u32 writable[TOY_REGISTERS];
	bool answered; // at its BARs while they were not what they are
};

extern struct toy_bus {
	struct pci_host host;
	struct toy_function functions[8];
	int count;
	resource_size_t window; // where the CPU sees its memory; nobody has these addresses
} toy;

#define WINDOW_SIZE SZ_4M
#define WINDOW_BUS  0x10000000U // what the bus calls the window

// A new bus without devices and ports, with a window of this size, at most WINDOW_SIZE. Its interrupt pin A
// is interrupt 77, and there are no others.
void toy_begin(resource_size_t size);

// A device, or another function of one, that the bus will find.
struct toy_function *toy_add(unsigned int devfn, u16 id);
struct toy_function *toy_function(unsigned int devfn);
// Gives it a BAR: kind is its low bits.
void toy_bar(struct toy_function *f, int n, u32 kind, u32 size, u32 addr);

// The device that was found; NULL: it was not.
struct pci_dev *toy_device(u16 id);

// Whether nobody has any of it, and no bus.
bool is_free(struct resource *root, resource_size_t start, resource_size_t size);
