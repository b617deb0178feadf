// SPDX-License-Identifier: MIT
// Finds a device's interrupts at the GIC. The device tree has a list of specifiers. A controller defines
// the length of its specifiers; the tree names it once (interrupt-parent), or in each entry
// (interrupts-extended).
//
// Devicetree Specification v0.4, 2.4.1; binding arm,gic (three cells: kind, number, flags).
// Linux: drivers/of/irq.c, which also follows an interrupt through several controllers.

#include <abi/errno.h>
#include <boot/arm/interrupts.h>
#include <drivers/irqchip/gicv2.h>
#include <kernel/bootinfo.h>
#include <kernel/printk.h>

#define CELLS_MAX  8  // of a specifier; no binding has more
#define DEPTH_MAX  32 // limit for a chain of parents, which may be a circle
#define GIC_CELLS  3
#define GIC_PPIS   16
#define GIC_SPIS   988
#define GIC_IS_PPI 1

// The place of a specifier in the tree.
struct specifier {
	fdt_node chip;
	const char *prop;
	int at; // the first cell
	u32 cells;
};

static int refuse_interrupt(fdt_node node, int index, int err, const char *why)
{
	pr_warn("irq: %s: interrupt %d %s\n", fdt_name(bootinfo.fdt, node), index, why);
	return err;
}

static bool read_interrupt_cells(fdt_node chip, u32 *cells)
{
	return fdt_prop_u32(bootinfo.fdt, chip, "#interrupt-cells", 0, cells) == 0 && *cells >= 1 &&
	       *cells <= CELLS_MAX;
}

// The nearest controller: follows interrupt-parent, or without it the node's parent.
static fdt_node interrupt_parent(fdt_node node)
{
	u32 phandle;

	for (int i = 0; i < DEPTH_MAX; i++) {
		if (fdt_prop_u32(bootinfo.fdt, node, "interrupt-parent", 0, &phandle) == 0)
			node = fdt_by_phandle(bootinfo.fdt, phandle);
		else
			node = fdt_parent(bootinfo.fdt, node);
		if (node < 0 || fdt_prop(bootinfo.fdt, node, "#interrupt-cells", NULL))
			return node;
	}
	return -ENOENT;
}

// In interrupts-extended, each entry is a controller and its specifier.
static int find_extended(fdt_node node, int index, struct specifier *s)
{
	u32 phandle;
	int left = index;

	s->prop = "interrupts-extended";
	for (s->at = 0; fdt_prop_u32(bootinfo.fdt, node, s->prop, s->at++, &phandle) == 0;
	     s->at += (int)s->cells) {
		s->chip = fdt_by_phandle(bootinfo.fdt, phandle);
		if (!read_interrupt_cells(s->chip, &s->cells))
			return refuse_interrupt(node, index, -ENODEV,
						"is listed with or after an unknown controller");
		if (left-- == 0)
			return 0;
	}
	return -ENOENT;
}

static int find_specifier(fdt_node node, int index, struct specifier *s)
{
	u32 first;

	if (fdt_prop(bootinfo.fdt, node, "interrupts-extended", NULL))
		return find_extended(node, index, s);
	if (!fdt_prop(bootinfo.fdt, node, "interrupts", NULL))
		return -ENOENT;
	s->prop = "interrupts";
	s->chip = interrupt_parent(node);
	if (!read_interrupt_cells(s->chip, &s->cells))
		return refuse_interrupt(node, index, -ENODEV,
					"has no interrupt controller as its parent");
	s->at = index * (int)s->cells;
	return fdt_prop_u32(bootinfo.fdt, node, s->prop, s->at, &first);
}

int fdt_irq(fdt_node node, int index, unsigned int *irq)
{
	struct specifier s;
	u32 kind, number;
	const int err = find_specifier(node, index, &s);

	if (err)
		return err;
	if (s.chip != gic_node())
		return refuse_interrupt(node, index, -EINVAL,
					"goes to a controller for which there is no driver");
	if (s.cells != GIC_CELLS || fdt_prop_u32(bootinfo.fdt, node, s.prop, s.at, &kind) != 0 ||
	    fdt_prop_u32(bootinfo.fdt, node, s.prop, s.at + 1, &number) != 0)
		return refuse_interrupt(node, index, -EINVAL,
					"does not have the three cells of a GIC's");
	if (kind > GIC_IS_PPI || number >= (kind == GIC_IS_PPI ? GIC_PPIS : GIC_SPIS))
		return refuse_interrupt(node, index, -EINVAL, "has a number that no GIC has");
	*irq = number + (kind == GIC_IS_PPI ? GIC_PPI_BASE : GIC_SPI_BASE);
	return 0;
}
