// SPDX-License-Identifier: MIT
// A bus that is made up: its configuration space is an array.

#include <abi/errno.h>
#include <kernel/panic.h>
#include <lib/string.h>

#include "toy_bus.h"

struct toy_bus toy;

struct toy_function *toy_function(unsigned int devfn)
{
	for (int i = 0; i < toy.count; i++)
		if (toy.functions[i].devfn == devfn)
			return &toy.functions[i];
	return NULL;
}

static u32 toy_read(const struct pci_host *host, unsigned int devfn, unsigned int where, int size)
{
	const struct toy_function *f = toy_function(devfn);
	const u32 word = f && where / 4 < TOY_REGISTERS ? f->regs[where / 4] : f ? 0 : ~0U;

	return word >> where % 4 * 8 & (u32)(BIT_ULL(size * 8) - 1);
}

static void toy_write(const struct pci_host *host, unsigned int devfn, unsigned int where, int size,
		      u32 value)
{
	struct toy_function *f = toy_function(devfn);
	const u32 mask = (u32)(BIT_ULL(size * 8) - 1) << where % 4 * 8;
	u32 *reg = &f->regs[where / 4], set = f->writable[where / 4] & mask;

	if (where >= PCI_BASE_ADDRESS(0) && where < PCI_BASE_ADDRESS(PCI_BARS) &&
	    (f->regs[1] & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY)))
		f->answered = true;
	*reg = (*reg & ~set) | (value << where % 4 * 8 & set);
}

static int toy_irq(const struct pci_host *host, const struct pci_dev *pdev)
{
	return pdev->pin == 1 ? 77 : -ENOENT;
}

bool is_free(struct resource *root, resource_size_t start, resource_size_t size)
{
	struct resource probe = { .start = start, .end = start + size - 1, .name = "toy" };

	if (request_resource(root, &probe) != 0)
		return false;
	release_resource(&probe);
	return true;
}

// Addresses that nobody has: high ones below 4 GB.
static resource_size_t find_free_window(void)
{
	resource_size_t start = 0 - 2 * WINDOW_SIZE;

	while (start && !is_free(&iomem_resource, start, WINDOW_SIZE))
		start -= WINDOW_SIZE;
	return start;
}

void toy_begin(resource_size_t size)
{
	memset(&toy, 0, sizeof(toy));
	toy.window = find_free_window();
	BUG_ON(toy.window == 0 || size > WINDOW_SIZE);
	toy.host = (struct pci_host){
		.name = "PCI Bus 0896:00", .read = toy_read, .write = toy_write, .map_irq = toy_irq
	};
	toy.host.mem.bus = WINDOW_BUS;
	toy.host.mem.res = (struct resource)DEFINE_RES_MEM(toy.window, size);
	toy.host.io.bus = 0;
	toy.host.mem.res.name = toy.host.name;
}

struct toy_function *toy_add(unsigned int devfn, u16 id)
{
	struct toy_function *f = &toy.functions[toy.count++];

	f->devfn = devfn;
	f->regs[0] = (u32)id << 16 | TOY_VENDOR;
	f->regs[2] = 0x02000003;
	f->writable[1] = 0xffff;
	return f;
}

void toy_bar(struct toy_function *f, int n, u32 kind, u32 size, u32 addr)
{
	f->regs[BAR(n)] = kind | addr;
	f->writable[BAR(n)] = ~(size - 1) & (kind & 1 ? ~3U : ~0xfU);
}

struct pci_dev *toy_device(u16 id)
{
	return pci_get_device(TOY_VENDOR, id, NULL);
}
