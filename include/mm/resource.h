// SPDX-License-Identifier: MIT
// The owners of physical addresses and of I/O ports: two trees, shown as /proc/iomem and /proc/ioports.
//
// A resource is entirely inside its parent and does not overlap its siblings. A BUSY one belongs to a
// driver or is RAM: it cannot be claimed, nor can any part of it. One that is not busy (a device that
// was found, a bus's window) only describes the range; the driver claims inside it. These functions may
// sleep and must not be called in interrupts, unless stated otherwise.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

typedef phys_addr_t resource_size_t;

// Locks: [r] the trees' lock
struct resource {
	resource_size_t start, end;                // [r] end is inclusive
	const char *name;                          // not copied: must live as long as the resource
	unsigned long flags;                       // IORESOURCE_...
	struct resource *parent, *sibling, *child; // [r]
};

// Flags, with Linux's values. One of the first three gives the unit of start and end.
#define IORESOURCE_IO     0x00000100
#define IORESOURCE_MEM    0x00000200
#define IORESOURCE_IRQ    0x00000400
#define IORESOURCE_TYPE   0x00000700
#define IORESOURCE_SYSRAM 0x01000000
#define IORESOURCE_BUSY   0x80000000
// An interrupt that was refused; it keeps its index among the device's resources.
#define IORESOURCE_DISABLED 0x10000000

// For the rows of a device table.
#define DEFINE_RES(first, size, what)                                        \
	{                                                                    \
		.start = (first), .end = (first) + (size)-1, .flags = (what) \
	}
#define DEFINE_RES_MEM(first, size) DEFINE_RES(first, size, IORESOURCE_MEM)
#define DEFINE_RES_IO(first, size)  DEFINE_RES(first, size, IORESOURCE_IO)
#define DEFINE_RES_IRQ(irq)         DEFINE_RES(irq, 1, IORESOURCE_IRQ)

extern struct resource iomem_resource;  // all physical addresses that the page tables can hold
extern struct resource ioport_resource; // ports 0 to 0xffff: the CPU's, or a PCI bridge's window

static inline resource_size_t resource_size(const struct resource *res)
{
	return res->end - res->start + 1;
}

// Claims [start, start+n) for a driver. NULL: part of it is busy or outside the root; n is 0 or the
// range overflows (both are reported with the caller); or no memory. start and n in bytes or ports.
#define request_mem_region(start, n, name) __request_region(&iomem_resource, start, n, name)
#define request_region(start, n, name)     __request_region(&ioport_resource, start, n, name)
__must_check struct resource *__request_region(struct resource *root, resource_size_t start,
					       resource_size_t n, const char *name);

// Releases a claim; the range must be exactly the claimed one. A range that is not claimed is reported
// with the caller, and nothing changes.
#define release_mem_region(start, n) __release_region(&iomem_resource, start, n)
#define release_region(start, n)     __release_region(&ioport_resource, start, n)
void __release_region(struct resource *root, resource_size_t start, resource_size_t n);

// Allocates a resource that is in no tree yet; kfree() frees it. NULL: no memory.
__must_check struct resource *resource_alloc(resource_size_t start, resource_size_t end,
					     const char *name, unsigned long flags);

// Makes res, which the caller owns, a child of parent. Returns 0, or -EBUSY: it overlaps a child or is
// not inside parent. Never sleeps.
__must_check int request_resource(struct resource *parent, struct resource *res);
// The same at any depth: inside the smallest resource that contains it, and around the children that it
// contains. -EBUSY: it overlaps one only partly. Never sleeps.
__must_check int insert_resource(struct resource *parent, struct resource *res);
// Removes it from its tree. Returns 0; -EINVAL: it is in no tree; -EBUSY: it has children. Never
// sleeps.
int release_resource(struct resource *res);
// Removes one that insert_resource() may have put around others: its children stay, in its parent.
// Returns 0; -EINVAL: it is in no tree. Never sleeps.
__must_check int remove_resource(struct resource *res);

// The innermost resource below root that contains this address; NULL: none. Never sleeps.
const struct resource *resource_at(const struct resource *root, resource_size_t addr);

// Prints the tree below root, a line for each resource, in the format of /proc/iomem and /proc/ioports.
// line() may be slow: no lock is held meanwhile.
void resource_show(const struct resource *root, void (*line)(const char *text, void *arg),
		   void *arg);

// Fills iomem with RAM, the reserved ranges and the parts of the kernel. Once, after slab_init().
void resource_init(void);

// Reports of wrong calls so far.
extern unsigned long resource_mistakes;
