// SPDX-License-Identifier: MIT
// What a signal handler is told about the code that it interrupted.
#pragma once

#include <lib/types.h>

struct pt_regs {
	unsigned long pc, sp, fp;
};

static inline unsigned long regs_pc(const struct pt_regs *regs)
{
	return regs->pc;
}

static inline unsigned long regs_sp(const struct pt_regs *regs)
{
	return regs->sp;
}

// There is no user space in this program.
static inline bool regs_user_mode(const struct pt_regs *regs)
{
	return false;
}
