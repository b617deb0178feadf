// SPDX-License-Identifier: MIT
// Base address registers (BARs): finding their sizes and assigning addresses.
//
// The writable bits of a BAR are its address. The address bits that always read as 0 give the alignment,
// which is also the size (6.2.5.1). Firmware, if there is any, has assigned all addresses.
// Linux: drivers/pci/probe.c __pci_read_base(), setup-bus.c, setup-res.c.

#include <kernel/printk.h>
#include <lib/util.h>

#include "pci.h"

#define BAR_IO        0x1 // I/O space; 0: memory
#define BAR_IO_MASK   (~0x3U)
#define BAR_MEM_64    0x4 // of bits 2:1: the next BAR is the upper half
#define BAR_MEM_TYPE  0x6
#define BAR_MEM_MASK  (~0xfU)
#define BRIDGE_HEADER 0x1
#define BRIDGE_BARS   2
#define IO_SIZE_MAX   0x10000
#define SIZE_MAX_MEM  0x80000000U // no room for this size or more: the BAR gets no address

// ---- Reading ------------------------------------------------------------------------------------

// Writes all ones, reads the bits that are writable, and restores the old value.
static u32 bar_mask(const struct pci_dev *pdev, unsigned int where, u32 old)
{
	u32 mask;

	pci_write_config_dword(pdev, where, ~0U);
	mask = pci_read_config_dword(pdev, where);
	pci_write_config_dword(pdev, where, old);
	return mask;
}

// The lowest set bit: for a mask of address bits, this is the size.
static u64 lowest_bit(u64 mask)
{
	return mask & (0 - mask);
}

static void set_bar(struct pci_dev *pdev, unsigned int n, u64 addr, u64 size, unsigned long flags)
{
	pdev->resource[n] = (struct resource){ .start = (resource_size_t)addr,
					       .end = (resource_size_t)(addr + size - 1),
					       .name = pdev->name,
					       .flags = flags };
}

static void read_io_bar(struct pci_dev *pdev, unsigned int n, u32 old, u32 mask)
{
	// The upper half may be missing: I/O space has 64 KB.
	const u64 size = lowest_bit((mask & BAR_IO_MASK) & (IO_SIZE_MAX - 1));

	if (size)
		set_bar(pdev, n, old & BAR_IO_MASK & (IO_SIZE_MAX - 1), size, IORESOURCE_IO);
}

// Whether these addresses fit into phys_addr_t.
static bool nameable(u64 addr, u64 size)
{
	return addr <= (phys_addr_t)~0ULL && size - 1 <= (phys_addr_t)~0ULL - addr;
}

// Returns the number of registers that the BAR uses.
static int read_mem_bar(struct pci_dev *pdev, unsigned int n, int last, u32 old, u32 mask)
{
	const unsigned int where = PCI_BASE_ADDRESS(n);
	u64 addr = old & BAR_MEM_MASK, bits = mask & BAR_MEM_MASK, size;
	bool wide = (old & BAR_MEM_TYPE) == BAR_MEM_64;

	if (wide && (int)n + 1 < last) {
		const u32 upper = pci_read_config_dword(pdev, where + 4);

		addr |= (u64)upper << 32;
		bits |= (u64)bar_mask(pdev, where + 4, upper) << 32;
	} else {
		wide = false;
	}
	size = lowest_bit(bits);
	if (size >= SIZE_MAX_MEM)
		pdev->unplaced |= BIT(n);
	else if (size)
		set_bar(pdev, n, nameable(addr, size) ? addr : 0, size, IORESOURCE_MEM);
	return wide ? 2 : 1;
}

void pci_read_bars(struct pci_dev *pdev)
{
	const bool bridge = (pci_read_config_byte(pdev, PCI_HEADER_TYPE) & 0x7f) == BRIDGE_HEADER;
	const int last = bridge ? BRIDGE_BARS : PCI_BARS;
	const u16 command = pci_read_config_word(pdev, PCI_COMMAND);

	pci_write_config_word(pdev, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (int n = 0; n < last;) {
		const u32 old = pci_read_config_dword(pdev, PCI_BASE_ADDRESS(n));
		const u32 mask = bar_mask(pdev, PCI_BASE_ADDRESS(n), old);

		if (mask & BAR_IO) {
			read_io_bar(pdev, n, old, mask);
			n++;
		} else {
			n += read_mem_bar(pdev, n, last, old, mask);
		}
	}
	pci_write_config_word(pdev, PCI_COMMAND, command);
}

// ---- Placing ------------------------------------------------------------------------------------

static struct pci_window *window_of(struct pci_host *host, const struct resource *res)
{
	return res->flags & IORESOURCE_IO ? &host->io : &host->mem;
}

// Converts res, a BAR as read, from a bus address to the CPU's. False: it is not inside the window.
static bool place_known(const struct pci_window *window, struct resource *res)
{
	const resource_size_t size = resource_size(res);
	const u64 offset = res->start - window->bus;

	if (!window->res.flags || res->start == 0 || offset >= resource_size(&window->res) ||
	    size > resource_size(&window->res) - offset)
		return false;
	res->start = window->res.start + (resource_size_t)offset;
	res->end = res->start + size - 1;
	return true;
}

// A placed BAR of this kind that overlaps [start, end], or NULL.
static const struct resource *taken_by(const struct pci_host *host, unsigned long kind, u64 start,
				       u64 end)
{
	const struct pci_dev *pdev;

	list_for_each_entry (pdev, &host->devices, node) {
		for (int n = 0; n < PCI_BARS; n++) {
			const struct resource *res = &pdev->resource[n];

			if ((res->flags & kind) && !(pdev->unplaced & BIT(n)) &&
			    res->start <= end && start <= res->end)
				return res;
		}
	}
	return NULL;
}

static u64 room_start(const struct pci_window *window)
{
	return window->room_end ? window->room_start : window->res.start;
}

static u64 room_end(const struct pci_window *window)
{
	return window->room_end ? window->room_end : window->res.end;
}

// Finds the lowest free range in the window, aligned to its size on the bus. False: no room.
static bool find_bar_address(struct pci_host *host, struct resource *res)
{
	const struct pci_window *window = window_of(host, res);
	const u64 size = resource_size(res), shift = window->bus - window->res.start;
	// Address 0 means "no address". Old ISA devices without BARs use the first ports.
	const u64 first = res->flags & IORESOURCE_IO ? 0x1000 : size;
	u64 start = ALIGN(max(room_start(window) + shift, first), size) - shift;
	const struct resource *other;

	if (!window->res.flags)
		return false;
	while (start + size - 1 <= room_end(window)) {
		other = taken_by(host, res->flags & IORESOURCE_TYPE, start, start + size - 1);
		if (!other) {
			res->start = (resource_size_t)start;
			res->end = (resource_size_t)(start + size - 1);
			return true;
		}
		start = ALIGN((u64)other->end + 1 + shift, size) - shift;
	}
	return false;
}

static void write_bar(const struct pci_window *window, const struct pci_dev *pdev, unsigned int n)
{
	const u64 addr = pdev->resource[n].start - window->res.start + window->bus;
	const unsigned int where = PCI_BASE_ADDRESS(n);
	const u32 kind = pci_read_config_dword(pdev, where);

	pci_write_config_dword(pdev, where, (u32)addr);
	if (!(kind & BAR_IO) && (kind & BAR_MEM_TYPE) == BAR_MEM_64 && n + 1 < PCI_BARS)
		pci_write_config_dword(pdev, where + 4, (u32)(addr >> 32));
}

// The largest BAR without an address. Placing large ones first leaves small ones to fill the gaps.
static struct pci_dev *largest_unplaced(struct pci_host *host, unsigned int *bar)
{
	struct pci_dev *pdev, *found = NULL;
	resource_size_t most = 0;

	list_for_each_entry (pdev, &host->devices, node) {
		for (unsigned int n = 0; n < PCI_BARS; n++) {
			const struct resource *res = &pdev->resource[n];

			if (!res->flags || !(pdev->unplaced & BIT(n)) || resource_size(res) <= most)
				continue;
			most = resource_size(res);
			found = pdev;
			*bar = n;
		}
	}
	return found;
}

// Keeps the firmware's addresses inside the windows; if two BARs overlap, only the first.
static void keep_places(struct pci_host *host)
{
	struct pci_dev *pdev;

	list_for_each_entry (pdev, &host->devices, node)
		for (unsigned int n = 0; n < PCI_BARS; n++)
			pdev->unplaced |= pdev->resource[n].flags ? BIT(n) : 0;
	list_for_each_entry (pdev, &host->devices, node) {
		for (unsigned int n = 0; n < PCI_BARS; n++) {
			struct resource *res = &pdev->resource[n];

			if (res->flags && place_known(window_of(host, res), res) &&
			    !taken_by(host, res->flags & IORESOURCE_TYPE, res->start, res->end))
				pdev->unplaced &= ~BIT(n);
		}
	}
}

void pci_place_bars(struct pci_host *host)
{
	struct pci_dev *pdev;
	unsigned int n;

	keep_places(host);
	while ((pdev = largest_unplaced(host, &n)) != NULL) {
		struct resource *res = &pdev->resource[n];

		if (find_bar_address(host, res)) {
			pdev->unplaced &= ~BIT(n);
			write_bar(window_of(host, res), pdev, n);
		} else {
			pr_warn("pci %s: BAR %u: no room for %#llx bytes\n", pdev->name, n,
				(u64)resource_size(res));
			res->flags = 0; // stays unplaced
		}
	}
}
