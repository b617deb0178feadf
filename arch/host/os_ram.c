// SPDX-License-Identifier: MIT
// RAM: a file without a name, of which parts are mapped.
//
// Owns: the file.

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#undef __always_inline // ours is the same
#include <arch/layout.h>

#include "os.h"

static int ram = -1;

void os_ram_create(u64 size)
{
	ram = memfd_create("k896 RAM", MFD_CLOEXEC);
	if (ram < 0 || ftruncate(ram, (off_t)size) != 0)
		os_die("RAM");
}

void os_ram_read(u64 offset, void *to, size_t n)
{
	if (pread(ram, to, n, (off_t)offset) != (ssize_t)n)
		os_die("reading RAM");
}

// The system calls themselves: what wraps them in a sanitizer changes its mind about the memory.
static void map_ram(unsigned long va, size_t size, u64 offset, int prot, int flags)
{
	if (syscall(SYS_mmap2, va, size, prot, MAP_SHARED | flags, ram,
		    (unsigned long)(offset >> PAGE_SHIFT)) != (long)va) {
		fprintf(stderr, "host: at %#lx\n", va);
		os_die("mapping RAM");
	}
}

void os_map_ram(unsigned long va, size_t size, u64 offset, bool write, bool exec)
{
	map_ram(va, size, offset, PROT_READ | (write ? PROT_WRITE : 0) | (exec ? PROT_EXEC : 0),
		MAP_FIXED_NOREPLACE);
}

void *os_take_memory(size_t size)
{
	// Far from where the libraries are and the kernel's addresses begin.
	void *const hint = (void *)0x60000000;
	void *const memory =
		mmap(hint, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (memory != hint)
		os_die("taking memory");
	return memory;
}

void os_unmap(unsigned long va, size_t size)
{
	if (syscall(SYS_munmap, va, size) != 0)
		os_die("unmapping RAM");
}

void os_move_to_ram(unsigned long va, size_t size, u64 offset, bool replace)
{
	// Between .data and .bss the linker may leave pages out: they are zero.
	for (size_t i = 0; i < size; i += PAGE_SIZE)
		if (syscall(SYS_pwrite64, ram, va + i, PAGE_SIZE, (unsigned long)(offset + i),
			    (unsigned long)((offset + i) >> 32)) != (long)PAGE_SIZE &&
		    errno != EFAULT)
			os_die("filling RAM");
	if (replace)
		map_ram(va, size, offset, PROT_READ | PROT_WRITE, MAP_FIXED);
}
