// SPDX-License-Identifier: MIT
// Crashing on purpose, to see what the kernel reports (Linux: drivers/misc/lkdtm).
#pragma once

// Crashes in the named way. Returns only for an unknown kind, after printing the list of kinds, or if
// the machine lacks what the kind needs, after a message.
void crash(const char *kind);

// The name of the n-th kind; NULL after the last.
const char *crash_kind_name(unsigned int n);
