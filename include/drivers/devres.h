// SPDX-License-Identifier: MIT
// Managed resources: what a driver takes for a device by these functions is released, the last first,
// when its probe fails or it leaves the device.
//
// Each devm_ function does what the one without devm_ does, and notes it with the device. What was taken
// so may be given back before its time by the devm_ function for that only. Giving back what the device
// does not have is reported with the caller, counted (devres_mistakes), and nothing happens.
// Functions that take something may sleep. None of them is for interrupts.
// Linux: include/linux/device/devres.h; names and arguments are the same.
#pragma once

#include <kernel/irq.h>
#include <lib/compiler.h>
#include <lib/err.h>
#include <mm/gfp.h>
#include <mm/resource.h>

struct device;

// ---- Memory -------------------------------------------------------------------------------------

// Memory for the driver's own data, or NULL. size 0 gives ZERO_SIZE_PTR, which no device keeps.
__must_check void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp);
__must_check static inline void *devm_kzalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return devm_kmalloc(dev, size, gfp | __GFP_ZERO);
}
// NULL and ZERO_SIZE_PTR are fine.
void devm_kfree(struct device *dev, const void *p);

// ---- Interrupts ---------------------------------------------------------------------------------

// As request_irq(); also -ENOMEM. name NULL: the device's.
__must_check int devm_request_irq(struct device *dev, unsigned int irq, irq_handler_t handler,
				  unsigned long flags, const char *name, void *dev_id);
void devm_free_irq(struct device *dev, unsigned int irq, void *dev_id);

// ---- Regions and registers ----------------------------------------------------------------------

#define devm_request_mem_region(dev, start, n, name) \
	__devm_request_region(dev, &iomem_resource, start, n, name)
#define devm_request_region(dev, start, n, name) \
	__devm_request_region(dev, &ioport_resource, start, n, name)
#define devm_release_mem_region(dev, start, n) __devm_release_region(dev, &iomem_resource, start, n)
#define devm_release_region(dev, start, n)     __devm_release_region(dev, &ioport_resource, start, n)
// NULL: taken, a bad range, or no memory.
__must_check struct resource *__devm_request_region(struct device *dev, struct resource *root,
						    resource_size_t start, resource_size_t n,
						    const char *name);
void __devm_release_region(struct device *dev, struct resource *root, resource_size_t start,
			   resource_size_t n);

// As ioremap(): NULL when it refuses, or without memory.
__must_check void __iomem *devm_ioremap(struct device *dev, phys_addr_t pa, size_t size);
__must_check void __iomem *devm_ioremap_wc(struct device *dev, phys_addr_t pa, size_t size);
void devm_iounmap(struct device *dev, void __iomem *addr);

// Claims the resource, by the driver's name, and maps it. An ERR_PTR: -EINVAL (no MEM resource; NULL,
// too), -EBUSY (somebody has part of it), -ENOMEM; each is reported.
__must_check void __iomem *devm_ioremap_resource(struct device *dev, const struct resource *res);

// ---- Anything else ------------------------------------------------------------------------------

// action(data) is called when the rest is released, at its turn. 0 or -ENOMEM; _or_reset: then the
// action is called at once.
__must_check int devm_add_action(struct device *dev, void (*action)(void *data), void *data);
__must_check int devm_add_action_or_reset(struct device *dev, void (*action)(void *data),
					  void *data);
// Forgets the action, without calling it; _release_action: calls it.
void devm_remove_action(struct device *dev, void (*action)(void *data), void *data);
void devm_release_action(struct device *dev, void (*action)(void *data), void *data);

// ---- Kinds of one's own ---------------------------------------------------------------------------

// How one is released: res is what devres_alloc() gave.
typedef void (*dr_release_t)(struct device *dev, void *res);
// Whether res is the one that is looked for.
typedef bool (*dr_match_t)(struct device *dev, void *res, const void *data);

// Memory of `size` bytes, zeroed, that can be noted with a device; NULL: no memory. devres_free():
// it is not noted yet, or was taken back by devres_remove(); NULL is fine.
__must_check void *devres_alloc(dr_release_t release, size_t size, gfp_t gfp);
void devres_free(void *res);
// Notes it as the last one.
void devres_add(struct device *dev, void *res);
// The last one noted with this release function that match (NULL: any) accepts; NULL: none.
void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// The same, and it is no longer noted.
void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// Takes it back and releases it. 0 or -ENOENT.
int devres_release(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// Takes it back and frees it without releasing. 0 or -ENOENT.
int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// Releases all, the last first. Returns how many there were.
int devres_release_all(struct device *dev);

// Reports so far.
extern unsigned long devres_mistakes;
