// SPDX-License-Identifier: MIT
// Crashing on purpose, to see what the kernel says of it (Linux: drivers/misc/lkdtm).
#pragma once

// Does what the kind names, and does not return. It returns only when no such kind exists, after
// printing the list, or when the machine lacks what the kind needs, after saying so.
void crash(const char *kind);

// The name of the n-th kind; NULL: there are no more.
const char *crash_kind_name(unsigned int n);
