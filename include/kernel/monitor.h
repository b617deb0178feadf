// SPDX-License-Identifier: MIT
// The kernel monitor: commands on the serial console, for a kernel without user programs.
#pragma once

#include <lib/compiler.h>

__noreturn void monitor_run(void);
