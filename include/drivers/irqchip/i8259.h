// SPDX-License-Identifier: MIT
// The PC's two interrupt controllers.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Starts both with everything masked, so that interrupt n arrives at vector IRQ_BASE + n, and becomes the
// irq_chip. For one device, whose ports are the master's, the slave's, and those of edge/level control.
extern struct device_driver i8259_driver;

// Whether this interrupt waits to be taken. Any context.
bool i8259_pending(unsigned int irq);

// The input's device signals by a level, as PCI's do, not by an edge. 0, or -EINVAL: an input of the
// mainboard, whose edges are fixed. Any context.
__must_check int i8259_set_level(unsigned int irq);
