// SPDX-License-Identifier: MIT
// The files that the kernel makes up from what it knows: what /proc shows, by name.
#pragma once

struct proc_file {
	const char *name; // "meminfo"
	void (*show)(void (*line)(const char *text, void *arg), void *arg);
};

// All files, a row with name NULL behind the last.
extern const struct proc_file proc_files[];

// name: "meminfo" or "/proc/meminfo". NULL: there is no such file.
const struct proc_file *proc_find(const char *name);
