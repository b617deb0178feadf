// SPDX-License-Identifier: MIT
// The page-table format that this kernel is built for.
#pragma once

#ifdef CONFIG_MMU_SHORT
#include <asm/pt_short.h>
#else
#include <asm/pt_lpae.h>
#endif
