// SPDX-License-Identifier: MIT
// Who has which physical addresses and which I/O ports: two trees, which are /proc/iomem and /proc/ioports.
//
// A resource lies whole inside of its parent and overlaps none of its siblings. One that is BUSY belongs
// to a driver, or is RAM: nobody can claim anything in it. One that is not busy (a device that was
// found, a bus's window) only says what is there, and its driver claims inside of it.
// Functions here may sleep, and are not for interrupts, except where noted.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

typedef phys_addr_t resource_size_t;

// Locks: [r] the trees' lock
struct resource {
	resource_size_t start, end; // [r] end is the last address, not the one behind it
	const char *name;           // not copied: it lives as long as the resource
	unsigned long flags;        // IORESOURCE_...
	struct resource *parent, *sibling, *child; // [r]
};

// Flags, with Linux's values. One of the first three says what start and end count.
#define IORESOURCE_IO     0x00000100
#define IORESOURCE_MEM    0x00000200
#define IORESOURCE_IRQ    0x00000400
#define IORESOURCE_TYPE   0x00000700
#define IORESOURCE_SYSRAM 0x01000000
#define IORESOURCE_BUSY   0x80000000
// An interrupt that was refused, and keeps its place among the others.
#define IORESOURCE_DISABLED 0x10000000

// Rows of a table of devices.
#define DEFINE_RES(first, size, what)                                        \
	{                                                                    \
		.start = (first), .end = (first) + (size)-1, .flags = (what) \
	}
#define DEFINE_RES_MEM(first, size) DEFINE_RES(first, size, IORESOURCE_MEM)
#define DEFINE_RES_IO(first, size)  DEFINE_RES(first, size, IORESOURCE_IO)
#define DEFINE_RES_IRQ(irq)         DEFINE_RES(irq, 1, IORESOURCE_IRQ)

extern struct resource iomem_resource;  // all physical addresses that the page tables can name
extern struct resource ioport_resource; // ports 0 to 0xffff: the CPU's, or a PCI bridge's window

static inline resource_size_t resource_size(const struct resource *res)
{
	return res->end - res->start + 1;
}

// Claims [start, start+n) for a driver. NULL: part of it is busy or outside of all, n is 0 or the range
// overflows (these two are reported with the caller), or no memory. start and n in bytes or ports.
#define request_mem_region(start, n, name) __request_region(&iomem_resource, start, n, name)
#define request_region(start, n, name)     __request_region(&ioport_resource, start, n, name)
__must_check struct resource *__request_region(struct resource *root, resource_size_t start,
					       resource_size_t n, const char *name);

// Gives back what was claimed, whole. What nobody has claimed so is reported with the caller, and
// nothing changes.
#define release_mem_region(start, n) __release_region(&iomem_resource, start, n)
#define release_region(start, n)     __release_region(&ioport_resource, start, n)
void __release_region(struct resource *root, resource_size_t start, resource_size_t n);

// A resource that is in no tree yet, or NULL: no memory. kfree() takes it.
__must_check struct resource *resource_alloc(resource_size_t start, resource_size_t end,
					     const char *name, unsigned long flags);

// Makes res, which the caller owns, a child of parent. 0, or -EBUSY: it overlaps a child or does not lie
// inside of parent. Never sleeps.
__must_check int request_resource(struct resource *parent, struct resource *res);
// The same, at whatever depth it fits: inside of the smallest resource that holds it, and around those
// that it holds. -EBUSY: it overlaps one in part. Never sleeps.
__must_check int insert_resource(struct resource *parent, struct resource *res);
// Takes it out again. 0, -EINVAL: it is in no tree; -EBUSY: something lies in it. Never sleeps.
int release_resource(struct resource *res);
// Takes out one that insert_resource() may have put around others: what lies in it stays, in its parent. 0, or
// -EINVAL: it is in no tree. Never sleeps.
__must_check int remove_resource(struct resource *res);

// The innermost resource that holds this address, below root; NULL: none. Never sleeps.
const struct resource *resource_at(const struct resource *root, resource_size_t addr);

// The tree below root, a line for each resource, in the format of /proc/iomem and /proc/ioports. Lines
// may be printed at leisure: no lock is held.
void resource_show(const struct resource *root, void (*line)(const char *text, void *arg),
		   void *arg);

// Fills iomem with RAM, what is reserved of it, and the kernel's parts. Once, when kmalloc works.
void resource_init(void);

// Reports of wrong calls so far.
extern unsigned long resource_mistakes;
