// SPDX-License-Identifier: MIT
// What cannot be seen from within, because it ends the machine or leaves it changed: each is a run of
// the program by itself.
#pragma once

#include <lib/compiler.h>

// Does what the name stands for, then ends the program.
__noreturn void run_alone(const char *name);
