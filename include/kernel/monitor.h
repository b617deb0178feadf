// SPDX-License-Identifier: MIT
// The kernel monitor: commands on the serial console, when there is no init to run.
#pragma once

#include <lib/compiler.h>

__noreturn void monitor_run(void);
