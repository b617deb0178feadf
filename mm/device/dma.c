// SPDX-License-Identifier: MIT
// DMA: which memory a device reaches, and at which bus address.
//
// Without an IOMMU, a bus address is the physical address plus the bus's offset. A mapping is refused
// if the device would access other memory than intended: the address has bits that the device does not
// drive, or the memory is contiguous only in virtual addresses.
// Linux: kernel/dma/direct.c, mapping.c, debug.c; dma_capable() in include/linux/dma-direct.h.

#include <abi/errno.h>
#include <arch/io.h>
#include <kernel/oops.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/dma.h>
#include <mm/memblock.h>
#include <mm/slab.h>

unsigned long dma_mistakes;

// ---- Reach --------------------------------------------------------------------------------------

void dma_reach_init(struct dma_reach *reach, const char *name)
{
	*reach = (struct dma_reach){ .name = name, .mask = DMA_BIT_MASK(32) };
	INIT_LIST_HEAD(&reach->mappings);
}

static dma_addr_t bus_address(const struct dma_reach *reach, phys_addr_t pa)
{
	return (u64)pa + (u64)reach->offset;
}

// All bits up to the highest set bit of n. For n = first ^ last: the bits that vary in between.
static u64 bits_below(u64 n)
{
	const u32 high = n >> 32, low = n;

	if (high)
		return (u64)(~0u >> __builtin_clz(high)) << 32 | ~0u;
	return low ? ~0u >> __builtin_clz(low) : 0;
}

// A mask may have holes (edu's 0x40ffffff), so each address bit must be checked, not only the highest
// address.
static bool mask_covers(u64 mask, u64 first, u64 last)
{
	return last >= first && ((first | last | bits_below(first ^ last)) & ~mask) == 0;
}

bool dma_reaches(const struct dma_reach *reach, phys_addr_t pa, u64 size)
{
	const u64 first = bus_address(reach, pa);

	return size > 0 && mask_covers(reach->mask, first, first + size - 1);
}

int dma_reach_set_mask(struct dma_reach *reach, u64 mask)
{
	const struct zone *dma = &zones[ZONE_DMA];
	const u64 first = bus_address(reach, PFN_PHYS(dma->zone_start_pfn));

	if (!mask_covers(mask, first, first + ((u64)dma->spanned_pages << PAGE_SHIFT) - 1))
		return -EIO;
	reach->mask = mask;
	return 0;
}

// ---- Notes -----------------------------------------------------------------------------------------

// Every mapping is counted. Debug builds also note it, to report an unmap of what is not mapped, an
// unmap that differs, and a leak, with the call site of the mapping. If there is no memory for a note,
// it is left out; then unmaps without a note are accepted until there are no such mappings left.

enum dma_kind { DMA_KIND_STREAMING, DMA_KIND_COHERENT };

struct dma_note {
	struct list_head entry;
	dma_addr_t addr;
	size_t size;
	enum dma_kind kind;
	enum dma_data_direction dir;
	unsigned long site; // the caller that mapped it
};

static const char *const kinds[] = { "mapping", "coherent buffer" };
static const char *const directions[] = { "both ways", "to the device", "from the device", "none" };

static void dma_note(struct dma_reach *reach, const struct dma_note *what)
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

static bool same_dma_note(const struct dma_note *a, const struct dma_note *b)
{
	return a->size == b->size && a->kind == b->kind && a->dir == b->dir;
}

// A note of this address: preferably one that agrees completely. NULL: none. Needs the lock.
static struct dma_note *find_dma_note(struct dma_reach *reach, const struct dma_note *what)
{
	struct dma_note *note, *near = NULL;

	list_for_each_entry (note, &reach->mappings, entry) {
		if (note->addr != what->addr)
			continue;
		if (same_dma_note(note, what))
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

// Removes the note. False after a report: no such mapping, or it differs; nothing changes then.
static bool dma_forget(struct dma_reach *reach, const struct dma_note *what)
{
	unsigned long flags = spin_lock_irqsave(&reach->lock);
	struct dma_note *note = find_dma_note(reach, what), copy;
	const bool found = note ? same_dma_note(note, what) : reach->unnoted > 0;

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

// ---- Streaming ----------------------------------------------------------------------------------

// Why these bytes are not contiguous lowmem RAM; NULL if they are.
static const char *not_linear(const void *ptr, size_t size)
{
	const unsigned long va = (unsigned long)ptr;

	if (!ptr)
		return "the address is NULL";
	if (size == 0)
		return "there are no bytes";
	if (va + size - 1 < va)
		return "it runs over the end of all addresses";
	if (va < PAGE_OFFSET)
		return "user memory has no fixed place; pin its pages and map each";
	if (va >= VMALLOC_START && va < VMALLOC_END)
		return "the pages of a vmalloc or ioremap area do not follow each other; map each";
	if (va >= PKMAP_BASE && va < PKMAP_END)
		return "a kmap address is good for the CPU only; map the page";
	if (!virt_addr_valid((const char *)ptr + size - 1) || !memblock_is_ram(__pa(ptr), size))
		return "it is not lowmem from end to end";
	return NULL;
}

static dma_addr_t refuse_dma(const struct dma_reach *reach, const void *what, size_t size,
			     const char *why, unsigned long site)
{
	dma_mistakes++;
	pr_warn("dma: %s: %zu bytes at %px not mapped for %pS: %s\n", reach->name, size, what,
		(void *)site, why);
	return DMA_MAPPING_ERROR;
}

static dma_addr_t refuse_reach(const struct dma_reach *reach, const void *what, phys_addr_t pa,
			       size_t size, unsigned long site)
{
	dma_mistakes++;
	pr_warn("dma: %s: %zu bytes at %px not mapped for %pS: the device reaches addresses of the "
		"mask %#llx, these are at %#llx on its bus\n",
		reach->name, size, what, (void *)site, reach->mask, bus_address(reach, pa));
	return DMA_MAPPING_ERROR;
}

static bool is_direction(enum dma_data_direction dir)
{
	return dir == DMA_BIDIRECTIONAL || dir == DMA_TO_DEVICE || dir == DMA_FROM_DEVICE;
}

// what: the address or page to show in a report.
static dma_addr_t map_phys(struct dma_reach *reach, const void *what, phys_addr_t pa, size_t size,
			   enum dma_data_direction dir, unsigned long site)
{
	const dma_addr_t addr = bus_address(reach, pa);

	if (!is_direction(dir))
		return refuse_dma(reach, what, size, "that is no direction", site);
	if (!dma_reaches(reach, pa, size))
		return refuse_reach(reach, what, pa, size, site);
	dma_note(reach, &(struct dma_note){ .addr = addr,
					    .size = size,
					    .kind = DMA_KIND_STREAMING,
					    .dir = dir,
					    .site = site });
	wmb(); // earlier writes are visible before the driver starts the device
	return addr;
}

dma_addr_t dma_reach_map(struct dma_reach *reach, const void *ptr, size_t size,
			 enum dma_data_direction dir, unsigned long site)
{
	const char *why = not_linear(ptr, size);

	if (why)
		return refuse_dma(reach, ptr, size, why, site);
	return map_phys(reach, ptr, __pa(ptr), size, dir, site);
}

// Why [offset, offset + size) of these pages is invalid; NULL if it is valid.
static const char *not_in_pages(const struct page *page, size_t offset, size_t size)
{
	if (!is_struct_page(page) || !IS_ALIGNED((unsigned long)page, sizeof(*page)))
		return "that is no struct page";
	if (size == 0)
		return "there are no bytes";
	if (size > ~offset)
		return "its offset and size overflow";
	if (!memblock_is_ram(page_to_phys(page), offset + size))
		return "it is not RAM from end to end";
	return NULL;
}

dma_addr_t dma_reach_map_page(struct dma_reach *reach, struct page *page, size_t offset,
			      size_t size, enum dma_data_direction dir, unsigned long site)
{
	const char *why = not_in_pages(page, offset, size);

	if (why)
		return refuse_dma(reach, page, size, why, site);
	return map_phys(reach, page, page_to_phys(page) + offset, size, dir, site);
}

void dma_reach_unmap(struct dma_reach *reach, dma_addr_t addr, size_t size,
		     enum dma_data_direction dir, unsigned long site)
{
	rmb(); // later reads see the device's writes
	dma_forget(reach, &(struct dma_note){ .addr = addr,
					      .size = size,
					      .kind = DMA_KIND_STREAMING,
					      .dir = dir,
					      .site = site });
}

// ---- Coherent -----------------------------------------------------------------------------------

// A zeroed block that the device reaches: from ZONE_NORMAL if it happens to fit, else from ZONE_DMA.
static unsigned long take_reachable(const struct dma_reach *reach, unsigned int order, gfp_t gfp)
{
	unsigned long va;

	gfp = (gfp & ~GFP_ZONEMASK) | __GFP_ZERO;
	va = __get_free_pages(gfp | __GFP_NOWARN, order);
	if (va && dma_reaches(reach, __pa(va), PAGE_SIZE << order))
		return va;
	free_pages(va, order);
	va = __get_free_pages(gfp | GFP_DMA, order);
	if (va && dma_reaches(reach, __pa(va), PAGE_SIZE << order))
		return va;
	free_pages(va, order);
	return 0;
}

void *dma_reach_alloc(struct dma_reach *reach, size_t size, dma_addr_t *handle, gfp_t gfp,
		      unsigned long site)
{
	unsigned long va;

	if (size == 0 || size > PAGE_SIZE << MAX_PAGE_ORDER) {
		refuse_dma(reach, NULL, size, "a coherent buffer has 1 byte to 4 MB", site);
		return NULL;
	}
	va = take_reachable(reach, get_order(size), gfp);
	if (!va)
		return NULL;
	*handle = bus_address(reach, __pa(va));
	dma_note(reach,
		 &(struct dma_note){
			 .addr = *handle, .size = size, .kind = DMA_KIND_COHERENT, .site = site });
	return (void *)va;
}

void dma_reach_free(struct dma_reach *reach, size_t size, void *cpu, dma_addr_t handle,
		    unsigned long site)
{
	const struct dma_note what = {
		.addr = handle, .size = size, .kind = DMA_KIND_COHERENT, .site = site
	};

	if (!cpu)
		return;
	if (!virt_addr_valid(cpu) || handle != bus_address(reach, __pa(cpu))) {
		dma_mistakes++;
		pr_err("BUG: %s: free of the coherent buffer %px by %pS: its bus address is not "
		       "%#llx\n",
		       reach->name, cpu, (void *)site, handle);
		return;
	}
	if (dma_forget(reach, &what))
		free_pages((unsigned long)cpu, get_order(size));
}
