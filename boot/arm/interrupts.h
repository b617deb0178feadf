// SPDX-License-Identifier: MIT
// Translates the interrupts of a device-tree node to the GIC's.
#pragma once

#include <lib/fdt.h>

// The interrupt controller's node, or a negative number (machine.c).
fdt_node gic_node(void);

// Stores the GIC's ID of a node's interrupt `index` in *irq. Returns 0; -ENOENT: the node has no more;
// -EINVAL: it is not the GIC's, or cannot be read; -ENODEV: its place and that of all later ones is
// unknown. Reports the last two.
int fdt_irq(fdt_node node, int index, unsigned int *irq);
