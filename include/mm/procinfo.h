// SPDX-License-Identifier: MIT
// mm's files in the formats of Linux's /proc: line() is called for each line of the file. The monitor's
// `cat` reads them (kernel/proc.c). Any context, but not while a lock of mm is held.
#pragma once

#include <lib/types.h>

// /proc/buddyinfo: free blocks of each order, a row for each zone that has RAM.
void buddyinfo_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/zoneinfo: watermarks, sizes and per-CPU lists of every zone.
void zoneinfo_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/meminfo: how the memory is used, in kB.
void meminfo_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/vmstat: counters, including the TLB flushes.
void vmstat_show(void (*line)(const char *text, void *arg), void *arg);

// /proc/iomem: RAM with its reserved ranges and the parts of the kernel, and the devices with their
// owners. /proc/ioports: the same for I/O ports; empty on a machine without them.
void iomem_show(void (*line)(const char *text, void *arg), void *arg);
void ioports_show(void (*line)(const char *text, void *arg), void *arg);

// Pages that a new program could use without harm to others: Linux's estimate for MemAvailable.
unsigned long si_mem_available(void);
