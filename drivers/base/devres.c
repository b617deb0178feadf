// SPDX-License-Identifier: MIT
// Managed resources: each device has a list of the resources to release, each with its release function.
//
// Owns: dev->devres. Locks: [l] dev->devres_lock; release functions are called without it.
// Linux: drivers/base/devres.c, with groups.

#include <abi/errno.h>
#include <arch/cache.h>
#include <drivers/device.h>
#include <drivers/devres.h>
#include <mm/slab.h>

struct devres {
	struct list_head node; // [l] in dev->devres
	dr_release_t release;
};

// Offset of the driver's part: aligned like kmalloc's memory, because a device may write to it.
#define DATA ALIGN(sizeof(struct devres), ARCH_KMALLOC_MINALIGN)

unsigned long devres_mistakes;

static struct devres *of_data(void *res)
{
	return (struct devres *)((char *)res - DATA);
}

static void *data_of(struct devres *dr)
{
	return (char *)dr + DATA;
}

void *devres_alloc(dr_release_t release, size_t size, gfp_t gfp)
{
	struct devres *dr;

	if (size > KMALLOC_MAX_SIZE)
		return NULL;
	dr = kmalloc(DATA + size, gfp | __GFP_ZERO);
	if (!dr)
		return NULL;
	dr->release = release;
	INIT_LIST_HEAD(&dr->node);
	return data_of(dr);
}

void devres_free(void *res)
{
	if (!res)
		return;
	BUG_ON(!list_empty(&of_data(res)->node));
	kfree(of_data(res));
}

void devres_add(struct device *dev, void *res)
{
	const unsigned long flags = spin_lock_irqsave(&dev->devres_lock);

	list_add(&of_data(res)->node, &dev->devres);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
}

// The lock is held.
static struct devres *find_devres(struct device *dev, dr_release_t release, dr_match_t match,
				  const void *data)
{
	struct devres *dr;

	list_for_each_entry (dr, &dev->devres, node)
		if (dr->release == release && (!match || match(dev, data_of(dr), data)))
			return dr;
	return NULL;
}

void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, const void *data)
{
	const unsigned long flags = spin_lock_irqsave(&dev->devres_lock);
	struct devres *dr = find_devres(dev, release, match, data);

	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr ? data_of(dr) : NULL;
}

void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, const void *data)
{
	const unsigned long flags = spin_lock_irqsave(&dev->devres_lock);
	struct devres *dr = find_devres(dev, release, match, data);

	if (dr) {
		list_del(&dr->node);
		INIT_LIST_HEAD(&dr->node);
	}
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr ? data_of(dr) : NULL;
}

int devres_release(struct device *dev, dr_release_t release, dr_match_t match, const void *data)
{
	void *res = devres_remove(dev, release, match, data);

	if (!res)
		return -ENOENT;
	release(dev, res);
	devres_free(res);
	return 0;
}

int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, const void *data)
{
	void *res = devres_remove(dev, release, match, data);

	devres_free(res);
	return res ? 0 : -ENOENT;
}

static struct devres *take_last(struct device *dev)
{
	const unsigned long flags = spin_lock_irqsave(&dev->devres_lock);
	struct devres *dr = NULL;

	if (!list_empty(&dev->devres)) {
		dr = list_first_entry(&dev->devres, struct devres, node);
		list_del(&dr->node);
		INIT_LIST_HEAD(&dr->node);
	}
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr;
}

int devres_release_all(struct device *dev)
{
	struct devres *dr;
	int n = 0;

	for (; (dr = take_last(dev)) != NULL; n++) {
		dr->release(dev, data_of(dr));
		devres_free(data_of(dr));
	}
	return n;
}
