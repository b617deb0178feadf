// SPDX-License-Identifier: MIT
// Which memory each device has: counted, and in debug builds noted, so that an unmap of what is not
// mapped, one that differs, and a leak are reported with the one who mapped it.
//
// A note that finds no memory is left out; until everything of that device is unmapped, an unmap that
// has no note is then believed.
// Linux: kernel/dma/debug.c.

#include <kernel/oops.h>
#include <kernel/printk.h>
#include <mm/slab.h>

#include "dma_notes.h"

static const char *const kinds[] = { "mapping", "coherent buffer" };
static const char *const directions[] = { "both ways", "to the device", "from the device", "none" };

void dma_note(struct dma_reach *reach, const struct dma_note *what)
{
	struct dma_note *note =
		CONFIG_DEBUG ? kmalloc(sizeof(*note), GFP_ATOMIC | __GFP_NOWARN) : NULL;
	unsigned long flags;

	if (note)
		*note = *what;
	flags = spin_lock_irqsave(&reach->lock);
	reach->mapped++;
	if (note)
		list_add_tail(&note->entry, &reach->mappings);
	else
		reach->unnoted++;
	spin_unlock_irqrestore(&reach->lock, flags);
}

static bool same(const struct dma_note *a, const struct dma_note *b)
{
	return a->size == b->size && a->kind == b->kind && a->dir == b->dir;
}

// The note of this address: the one that agrees in all, before one that only begins there. Needs the lock.
static struct dma_note *find_note(struct dma_reach *reach, const struct dma_note *what)
{
	struct dma_note *note, *near = NULL;

	list_for_each_entry (note, &reach->mappings, entry) {
		if (note->addr != what->addr)
			continue;
		if (same(note, what))
			return note;
		near = note;
	}
	return near;
}

static void report_unknown(const struct dma_reach *reach, const struct dma_note *what)
{
	dma_mistakes++;
	pr_err("BUG: %s: unmap of %s %#llx, %zu bytes, by %pS: there is no such one\n", reach->name,
	       kinds[what->kind], what->addr, what->size, (void *)what->site);
	dump_stack(NULL);
}

static void report_other(const struct dma_reach *reach, const struct dma_note *what,
			 const struct dma_note *note)
{
	dma_mistakes++;
	pr_err("BUG: %s: unmap of %s %#llx, %zu bytes, %s, by %pS: there is a %s of %zu bytes, %s, "
	       "by %pS\n",
	       reach->name, kinds[what->kind], what->addr, what->size, directions[what->dir & 3],
	       (void *)what->site, kinds[note->kind], note->size, directions[note->dir & 3],
	       (void *)note->site);
	dump_stack(NULL);
}

bool dma_forget(struct dma_reach *reach, const struct dma_note *what)
{
	unsigned long flags = spin_lock_irqsave(&reach->lock);
	struct dma_note *note = find_note(reach, what), copy;
	const bool found = note ? same(note, what) : reach->unnoted > 0;

	if (note)
		copy = *note;
	if (found) {
		reach->mapped--;
		if (note)
			list_del(&note->entry);
		else
			reach->unnoted--;
	}
	spin_unlock_irqrestore(&reach->lock, flags);
	if (found)
		kfree(note);
	else if (note)
		report_other(reach, what, &copy);
	else
		report_unknown(reach, what);
	return found;
}

unsigned long dma_reach_leaks(struct dma_reach *reach)
{
	unsigned long flags = spin_lock_irqsave(&reach->lock);
	const unsigned long leaks = reach->mapped;
	const struct dma_note *note;

	list_for_each_entry (note, &reach->mappings, entry)
		pr_err("BUG: %s: the %s %#llx, %zu bytes, by %pS was never given back\n",
		       reach->name, kinds[note->kind], note->addr, note->size, (void *)note->site);
	if (reach->unnoted)
		pr_err("BUG: %s: %lu DMA mappings were never given back\n", reach->name,
		       reach->unnoted);
	spin_unlock_irqrestore(&reach->lock, flags);
	dma_mistakes += leaks;
	return leaks;
}
