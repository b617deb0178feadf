// SPDX-License-Identifier: MIT
// From the device tree to struct bootinfo, at the virtual address, before kmain().
//
// Rules: what the tree says is input: a tree that fails fdt_check() is not read any further.
// Linux: drivers/of/fdt.c, arch/arm/kernel/devtree.c.

#include <abi/errno.h>
#include <boot/arm/early.h>
#include <boot/arm/semihosting.h>
#include <boot/early.h>
#include <drivers/uart/pl011.h>
#include <kernel/bootinfo.h>
#include <kernel/printk.h>
#include <lib/fdt.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/fixmap.h>

// The one line for a device tree that cannot be used.
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

static void find_memory(const void *fdt, struct bootinfo *bi)
{
	fdt_node node = fdt_first_child(fdt, fdt_root(fdt));
	u64 addr, size;

	for (; node >= 0; node = fdt_next_sibling(fdt, node)) {
		const char *type = fdt_prop_string(fdt, node, "device_type");

		if (!type || strcmp(type, "memory") != 0 || !fdt_is_available(fdt, node))
			continue;
		for (int i = 0; fdt_reg(fdt, node, i, &addr, &size) == 0; i++)
			bootinfo_add_ram(bi, addr, size);
	}
	if (bi->ram_count == 0)
		bi->problem = "the device tree describes no memory";
}

static void find_reserved(const void *fdt, u32 dtb, struct bootinfo *bi)
{
	fdt_node node = fdt_path(fdt, "/reserved-memory");
	u64 addr, size;

	bootinfo_add_reserved(bi, dtb, fdt_totalsize(fdt));
	for (int i = 0; fdt_mem_rsv(fdt, i, &addr, &size) == 0; i++)
		bootinfo_add_reserved(bi, addr, size);
	if (node < 0)
		return;
	for (node = fdt_first_child(fdt, node); node >= 0; node = fdt_next_sibling(fdt, node))
		for (int i = 0; fdt_reg(fdt, node, i, &addr, &size) == 0; i++)
			bootinfo_add_reserved(bi, addr, size);
}

// An address of one cell or of two, as the loader likes.
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

static void find_chosen(const void *fdt, struct bootinfo *bi)
{
	const fdt_node chosen = fdt_path(fdt, "/chosen");
	const char *args;
	u64 start, end;

	if (chosen < 0)
		return;
	args = fdt_prop_string(fdt, chosen, "bootargs");
	if (args)
		bi->cmdline_cut = strscpy(bi->cmdline, args, sizeof(bi->cmdline)) < 0;
	if (!prop_address(fdt, chosen, "linux,initrd-start", &start) ||
	    !prop_address(fdt, chosen, "linux,initrd-end", &end) || end == start)
		return;
	// An end before its start makes a size that cannot pass for an initrd inside RAM.
	bi->initrd.start = start;
	bi->initrd.size = end - start;
}

// How the firmware that switches the power is called (binding arm,psci).
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

// What /chosen names, or the first PL011 that there is.
fdt_node uart_node(const void *fdt)
{
	const fdt_node chosen = fdt_path(fdt, "/chosen");
	const char *path = chosen < 0 ? NULL : fdt_prop_string(fdt, chosen, "stdout-path");
	const fdt_node node = path ? fdt_path(fdt, path) : -ENOENT;

	return fdt_is_compatible(fdt, node, "arm,pl011")
		       ? node
		       : fdt_next_compatible(fdt, -1, "arm,pl011");
}

// Makes the UART at this address the console, if it is one.
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

// The device tree's UART, else the board's own, else semihosting: a panic that follows is seen.
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
