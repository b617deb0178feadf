// SPDX-License-Identifier: MIT
// Files with generated content, by name, as /proc has them.
#pragma once

struct proc_file {
	const char *name; // "meminfo"
	void (*show)(void (*line)(const char *text, void *arg), void *arg);
};

// All files; the name NULL ends the table.
extern const struct proc_file proc_files[];

// name: "meminfo" or "/proc/meminfo". Returns NULL for an unknown name.
const struct proc_file *proc_find(const char *name);
