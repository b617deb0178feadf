// SPDX-License-Identifier: MIT
// The PC's two interrupt controllers.
#pragma once

#include <lib/types.h>

// Starts both with everything masked, so that interrupt n arrives at vector `vector_base` + n, and
// registers them as the interrupt chip.
void i8259_init(u8 vector_base);

// Whether this interrupt waits to be taken. Any context.
bool i8259_pending(unsigned int irq);
