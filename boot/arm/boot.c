// SPDX-License-Identifier: MIT
// Fills struct bootinfo from the device tree, at the virtual address, before kmain().
//
// Rules: the tree is untrusted: only a tree that has passed fdt_check() is read.
// Linux: drivers/of/fdt.c, arch/arm/kernel/devtree.c.

#include <abi/errno.h>
#include <boot/arm/early.h>
#include <boot/arm/semihosting.h>
#include <boot/early.h>
#include <drivers/uart/pl011.h>
#include <kernel/bootinfo.h>
#include <kernel/printk.h>
#include <kernel/sections.h>
#include <lib/fdt.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/addr.h>
#include <mm/fixmap.h>

// Prints one line about an unusable device tree, and ends the machine.
static __noreturn void no_fdt(u32 dtb, const char *why)
{
	char line[200];

	snprintf(line, sizeof(line), "boot: no usable device tree at %08x (r2): %s%s\n", dtb, why,
		 early_board_known() ? ""
				     : "; this board is not known: the kernel is for QEMU's virt, "
				       "vexpress-a15 and vexpress-a9");
	early_puts(line);
	early_stop();
}

static const void *map_fdt(u32 dtb)
{
	unsigned long max;
	const void *fdt;
	const char *why;

	if (dtb == 0)
		no_fdt(dtb, "the loader has passed none (QEMU does for k896.bin, not for the ELF)");
	fdt = fixmap_map_fdt(dtb, &max);
	if (!fdt)
		no_fdt(dtb, "it cannot be mapped");
	// In .bss the tree would be all zeros by now, with a size of 0.
	if (IS_ALIGNED(dtb, 4) && dtb < __pa(_end) && (u64)dtb + fdt_totalsize(fdt) > __pa(_start))
		no_fdt(dtb, "it overlaps the kernel");
	why = fdt_check(fdt, max);
	if (why)
		no_fdt(dtb, why);
	return fdt;
}

static void find_machine(const void *fdt, struct bootinfo *bi)
{
	const char *name = fdt_prop_string(fdt, fdt_root(fdt), "model");

	if (!name) // the first of a list of strings
		name = fdt_prop_string(fdt, fdt_root(fdt), "compatible");
	strscpy(bi->machine, name ? name : "unnamed", sizeof(bi->machine));
	strscpy(bi->loader, "Linux boot protocol", sizeof(bi->loader));
}

static bool is_memory_node(const void *fdt, fdt_node node)
{
	const char *type = fdt_prop_string(fdt, node, "device_type");

	return type && strcmp(type, "memory") == 0 && fdt_is_enabled(fdt, node);
}

// An unreadable range is only reported: ignoring RAM is safe.
static void add_memory(const void *fdt, const struct fdt_bus *bus, fdt_node node,
		       struct bootinfo *bi)
{
	int err = 0, count = 0;
	u64 addr, size;

	for (;; count++) {
		err = fdt_bus_reg(fdt, bus, node, count, &addr, &size);
		if (err)
			break;
		bootinfo_add_ram(bi, addr, size);
	}
	if (err != -ENOENT || count == 0)
		pr_warn("memory: the device tree's %s has a reg that cannot be read, ignored\n",
			fdt_name(fdt, node));
	if (fdt_prop(fdt, node, "linux,usable-memory", NULL))
		bi->memory_unsupported = "linux,usable-memory";
}

// The memory nodes are children of the root.
static void find_memory(const void *fdt, struct bootinfo *bi)
{
	const fdt_node root = fdt_root(fdt);
	struct fdt_bus bus;
	const bool found = fdt_bus(fdt, root, &bus) == 0;

	for (fdt_node node = found ? fdt_first_child(fdt, root) : -ENOENT; node >= 0;
	     node = fdt_next_sibling(fdt, node))
		if (is_memory_node(fdt, node))
			add_memory(fdt, &bus, node, bi);
	if (bi->ram_count == 0)
		bi->problem = "the device tree describes no memory";
}

// Reserves the ranges of a child of /reserved-memory. False: they cannot be read.
static bool reserve_child(const void *fdt, const struct fdt_bus *bus, fdt_node child,
			  struct bootinfo *bi)
{
	int err = 0;
	u64 addr, size;

	for (int i = 0; !bi->reserved_cut && err == 0; i++) {
		err = fdt_bus_reg(fdt, bus, child, i, &addr, &size);
		if (err == 0)
			bootinfo_add_reserved(bi, addr, size);
	}
	return bi->reserved_cut || err == -ENOENT;
}

// Requires both properties, and a size of at least one cell: with a default, the numbers would mean
// other ranges.
static bool has_cells(const void *fdt, fdt_node node)
{
	u32 cells;

	return fdt_prop_u32(fdt, node, "#address-cells", 0, &cells) == 0 &&
	       fdt_prop_u32(fdt, node, "#size-cells", 0, &cells) == 0 && cells > 0;
}

// /reserved-memory (3.5). An unreadable range is a reason to stop: it would be used as RAM. A child
// without reg only requests memory; the kernel ignores it.
static void find_reserved_nodes(const void *fdt, struct bootinfo *bi)
{
	const fdt_node parent = fdt_path(fdt, "/reserved-memory");
	const bool cells = has_cells(fdt, parent);
	struct fdt_bus bus;

	if (!fdt_is_available(fdt, parent) || fdt_bus(fdt, parent, &bus) != 0)
		return;
	for (fdt_node node = fdt_first_child(fdt, parent); node >= 0 && !bi->reserved_cut;
	     node = fdt_next_sibling(fdt, node)) {
		if (!fdt_is_enabled(fdt, node) || !fdt_prop(fdt, node, "reg", NULL) ||
		    (cells && reserve_child(fdt, &bus, node, bi)))
			continue;
		bi->problem = "the device tree's /reserved-memory cannot be read: it needs "
			      "#address-cells, #size-cells and ranges, and each reg whole entries";
		return;
	}
}

static void find_reserved(const void *fdt, u32 dtb, struct bootinfo *bi)
{
	u64 addr, size;
	u32 pos = 0;

	bi->fdt_range = (struct boot_range){ dtb, fdt_totalsize(fdt) };
	while (fdt_next_mem_rsv(fdt, &pos, &addr, &size))
		bootinfo_add_reserved(bi, addr, size);
	find_reserved_nodes(fdt, bi);
}

// An address of one or two cells: loaders differ.
static bool prop_address(const void *fdt, fdt_node node, const char *name, u64 *addr)
{
	u32 high, low;

	if (fdt_prop_u32(fdt, node, name, 0, &high) != 0)
		return false;
	*addr = high;
	if (fdt_prop_u32(fdt, node, name, 1, &low) == 0)
		*addr = (u64)high << 32 | low;
	return true;
}

// A line without a NUL ends with the property.
static void find_cmdline(const void *fdt, fdt_node chosen, struct bootinfo *bi)
{
	int size;
	const char *args = fdt_prop(fdt, chosen, "bootargs", &size);
	const size_t len = args ? strnlen(args, (size_t)size) : 0;

	bi->cmdline_cut = len >= sizeof(bi->cmdline);
	snprintf(bi->cmdline, sizeof(bi->cmdline), "%.*s", (int)len, args ? args : "");
}

static void find_initrd(const void *fdt, fdt_node chosen, struct bootinfo *bi)
{
	u64 start, end;

	if (!prop_address(fdt, chosen, "linux,initrd-start", &start) ||
	    !prop_address(fdt, chosen, "linux,initrd-end", &end) || end == start)
		return;
	// If the end is before the start, the size wraps to a huge number, which is later rejected.
	bi->initrd.start = start;
	bi->initrd.size = end - start;
}

static void find_chosen(const void *fdt, struct bootinfo *bi)
{
	const fdt_node chosen = fdt_path(fdt, "/chosen");

	find_cmdline(fdt, chosen, bi);
	find_initrd(fdt, chosen, bi);
	if (fdt_prop(fdt, chosen, "linux,usable-memory-range", NULL))
		bi->memory_unsupported = "linux,usable-memory-range";
}

// Finds out how to call the firmware that switches the power (binding arm,psci).
static void find_psci(const void *fdt)
{
	const fdt_node old = fdt_next_compatible(fdt, -1, "arm,psci-0.2");
	const fdt_node node = old < 0 ? fdt_next_compatible(fdt, -1, "arm,psci-1.0") : old;
	const char *method = node < 0 ? NULL : fdt_prop_string(fdt, node, "method");

	if (method && strcmp(method, "hvc") == 0)
		psci_set_conduit(PSCI_HVC);
	else if (method && strcmp(method, "smc") == 0)
		psci_set_conduit(PSCI_SMC);
	else
		psci_set_conduit(PSCI_NONE);
}

// The UART that /chosen names, if it is available, else the first available PL011.
fdt_node uart_node(const void *fdt)
{
	const fdt_node chosen = fdt_path(fdt, "/chosen");
	const char *path = chosen < 0 ? NULL : fdt_prop_string(fdt, chosen, "stdout-path");
	const fdt_node node = path ? fdt_path(fdt, path) : -ENOENT;

	return fdt_is_compatible(fdt, node, "arm,pl011") && fdt_is_available(fdt, node)
		       ? node
		       : fdt_next_compatible(fdt, -1, "arm,pl011");
}

// Makes the UART at this address the console. False: no PL011 answers there.
static bool try_uart(u64 addr)
{
	void __iomem *regs;

	if (!IS_ALIGNED(addr, PAGE_SIZE) || addr >= BIT_ULL(PHYS_BITS))
		return false;
	regs = (__force void __iomem *)set_fixmap(FIX_CONSOLE, (phys_addr_t)addr, PAGE_KERNEL_IO);
	if (uart_answers(regs)) {
		pl011_console(regs);
		return true;
	}
	clear_fixmap(FIX_CONSOLE);
	return false;
}

// Tries the device tree's UART, then the board's, then semihosting, so that a later panic is visible.
static void start_console(const void *fdt)
{
	const struct early_board *board = early_board();
	const fdt_node node = uart_node(fdt);
	u64 addr, size;

	if (node < 0 || fdt_reg(fdt, node, 0, &addr, &size) != 0)
		pr_warn("console: the device tree has no PL011\n");
	else if (try_uart(addr))
		return;
	else
		pr_warn("console: there is no PL011 at %#llx, where the device tree has one\n",
			addr);
	if (!board || !try_uart(board->uart))
		semihosting_console();
}

void arm_boot(unsigned long phys_offset, u32 dtb)
{
	const void *fdt;

	early_finish(phys_offset);
	fdt = map_fdt(dtb);
	start_console(fdt);
	bootinfo.fdt = fdt;
	find_machine(fdt, &bootinfo);
	find_memory(fdt, &bootinfo);
	find_reserved(fdt, dtb, &bootinfo);
	find_chosen(fdt, &bootinfo);
	find_psci(fdt);
	kmain();
}
