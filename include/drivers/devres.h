// SPDX-License-Identifier: MIT
// Managed resources: what a driver acquires with these functions is released, the last first, when its
// probe fails or it is unbound from the device.
//
// Each devm_ function works like the one without devm_, and records the resource with the device. To
// release a resource earlier, use only the devm_ function for that. Releasing what the device does not
// have is misuse: it is reported with the caller, counted (devres_mistakes), and has no effect.
// Functions that acquire may sleep. None of these functions may be called in interrupts.
// Linux: include/linux/device/devres.h; names and arguments are the same.
#pragma once

#include <kernel/irq.h>
#include <lib/compiler.h>
#include <lib/err.h>
#include <mm/gfp.h>
#include <mm/resource.h>

struct device;

// ---- Memory -------------------------------------------------------------------------------------

// Memory for the driver's own data, or NULL. size 0 returns ZERO_SIZE_PTR, which is not recorded.
__must_check void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp);
__must_check static inline void *devm_kzalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return devm_kmalloc(dev, size, gfp | __GFP_ZERO);
}
// Accepts NULL and ZERO_SIZE_PTR.
void devm_kfree(struct device *dev, const void *p);

// ---- Interrupts ---------------------------------------------------------------------------------

// Like request_irq(); also -ENOMEM. name NULL: the device's name.
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
// NULL: already claimed, a bad range, or no memory.
__must_check struct resource *__devm_request_region(struct device *dev, struct resource *root,
						    resource_size_t start, resource_size_t n,
						    const char *name);
void __devm_release_region(struct device *dev, struct resource *root, resource_size_t start,
			   resource_size_t n);

// Like ioremap(): NULL if it refuses the range, or without memory.
__must_check void __iomem *devm_ioremap(struct device *dev, phys_addr_t pa, size_t size);
__must_check void __iomem *devm_ioremap_wc(struct device *dev, phys_addr_t pa, size_t size);
void devm_iounmap(struct device *dev, void __iomem *addr);

// Claims the resource, under the driver's name, and maps it. Returns an ERR_PTR on error: -EINVAL (NULL,
// or not a MEM resource), -EBUSY (part of it is claimed), -ENOMEM; each is reported.
__must_check void __iomem *devm_ioremap_resource(struct device *dev, const struct resource *res);

// ---- Anything else ------------------------------------------------------------------------------

// Calls action(data) when the resources are released, in their order. Returns 0 or -ENOMEM; on -ENOMEM,
// _or_reset calls the action at once.
__must_check int devm_add_action(struct device *dev, void (*action)(void *data), void *data);
__must_check int devm_add_action_or_reset(struct device *dev, void (*action)(void *data),
					  void *data);
// Removes the action without calling it; devm_release_action() calls it.
void devm_remove_action(struct device *dev, void (*action)(void *data), void *data);
void devm_release_action(struct device *dev, void (*action)(void *data), void *data);

// ---- Custom kinds ---------------------------------------------------------------------------------

// Releases a resource; res is from devres_alloc().
typedef void (*dr_release_t)(struct device *dev, void *res);
// Whether res is the wanted one.
typedef bool (*dr_match_t)(struct device *dev, void *res, const void *data);

// Allocates `size` zeroed bytes for an entry in a device's list; NULL: no memory. devres_free() frees an
// entry that is not in a list (not added yet, or removed by devres_remove()); accepts NULL.
__must_check void *devres_alloc(dr_release_t release, size_t size, gfp_t gfp);
void devres_free(void *res);
// Adds the entry as the last one.
void devres_add(struct device *dev, void *res);
// Finds the last entry with this release function that match (NULL: any) accepts; NULL: none.
void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// The same, and removes the entry from the list.
void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// Removes the entry, releases it and frees it. Returns 0 or -ENOENT.
int devres_release(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// Removes the entry and frees it without releasing. Returns 0 or -ENOENT.
int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, const void *data);
// Releases all entries, the last first. Returns their number.
int devres_release_all(struct device *dev);

// Number of misuses reported.
extern unsigned long devres_mistakes;
