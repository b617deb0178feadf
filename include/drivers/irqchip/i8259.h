// SPDX-License-Identifier: MIT
// The PC's two interrupt controllers.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Starts both with everything masked, interrupt n at vector IRQ_BASE + n, and becomes the irq_chip. For
// one device, whose ports are the master's, the slave's, and those of edge/level control.
extern struct device_driver i8259_driver;

// Whether this interrupt is pending. Any context.
bool i8259_pending(unsigned int irq);

// Makes an input level triggered, as PCI needs, instead of edge triggered. Returns 0, or -EINVAL: no such
// input, or one of the mainboard's, which are always edge triggered. Any context.
__must_check int i8259_set_level(unsigned int irq);
