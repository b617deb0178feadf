// SPDX-License-Identifier: MIT
// From the interrupts of a node of the device tree to those of the GIC.
#pragma once

#include <lib/fdt.h>

// The interrupt controller's node, or a negative number (machine.c).
fdt_node gic_node(void);

// Interrupt `index` of a node as the GIC's ID, in *irq. 0; -ENOENT: the node has no more; -EINVAL: it is
// not one of the GIC's, or cannot be read; -ENODEV: where it and those after it stand is unknown. A line
// says why for the last two.
int fdt_irq(fdt_node node, int index, unsigned int *irq);
