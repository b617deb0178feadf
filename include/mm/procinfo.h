// SPDX-License-Identifier: MIT
// What mm tells of itself, in the formats of Linux's /proc: a call of line() for each line of the file.
// Read by the monitor's `cat` (kernel/proc.c). Any context but under a lock of mm.
#pragma once

#include <lib/types.h>

// /proc/buddyinfo: free blocks of each order, a row for each zone that has RAM.
void buddyinfo_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/zoneinfo: watermarks, sizes and per-CPU lists of every zone.
void zoneinfo_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/meminfo: who has the memory, in kB.
void meminfo_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/vmstat: counters, the TLB's flushes among them.
void vmstat_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/iomem: RAM and what is reserved of it, the kernel's parts inside, devices and whose they are.
// /proc/ioports: the same of ports; empty on a machine that has none.
void iomem_show(void (*line)(const char *text, void *arg), void *arg);
void ioports_show(void (*line)(const char *text, void *arg), void *arg);

// Pages that a new program could have without harm to others: Linux's estimate for MemAvailable.
unsigned long si_mem_available(void);
