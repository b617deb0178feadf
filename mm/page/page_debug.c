// SPDX-License-Identifier: MIT
// Describes a page: flags, counts, use, and the call sites that allocated and freed it.
//
// Linux: dump_page() in mm/debug.c, print_page_owner() in mm/page_owner.c.

#include <kernel/printk.h>
#include <lib/format.h>
#include <lib/seq_buf.h>
#include <mm/gfp.h>
#include <mm/page_debug.h>

#include "../slab/slab.h"

static const struct {
	u32 bit;
	const char *name;
} flag_names[] = {
	{ PG_reserved, "reserved" },
	{ PG_buddy, "buddy" },
	{ PG_locked, "locked" },
	{ PG_slab, "slab" },
	{ PG_head, "head" },
	{ PG_tail, "tail" },
	{ PG_referenced, "referenced" },
	{ PG_uptodate, "uptodate" },
	{ PG_dirty, "dirty" },
};

// A lowmem frame's address is arithmetic; a highmem frame has one only while kmap() maps it.
static const void *frame_address(pfn_t pfn)
{
	if (pfn < max_low_pfn)
		return page_to_virt(pfn_to_page(pfn));
	return page_initialised(pfn) ? page_address(pfn_to_page(pfn)) : NULL;
}

static void show_where(pfn_t pfn, void (*line)(const char *, void *), void *arg)
{
	struct seq_buf s;
	char text[120];

	seq_buf_init(&s, text, sizeof(text));
	seq_buf_printf(&s, "page frame %#lx: physical %#010llx, zone %s, ", pfn,
		       (u64)pfn << PAGE_SHIFT, pfn_zone(pfn)->name);
	if (frame_address(pfn))
		seq_buf_printf(&s, "address %px", frame_address(pfn));
	else
		seq_buf_printf(&s, "no address of its own");
	line(text, arg);
}

const char *frame_unused(pfn_t pfn)
{
	if (!pfn_valid(pfn))
		return pfn < min_low_pfn ? "not RAM: below all of it"
		       : pfn >= max_pfn  ? "not RAM: above all of it"
					 : "not RAM: a hole between two ranges of it";
	if (page_initialised(pfn))
		return NULL;
	return block_pristine((pfn - min_low_pfn) >> MAX_PAGE_ORDER)
		       ? "free, in a 4 MB block that nothing has used since start-up"
		       : "reserved, with all of its 4 MB block";
}

static void show_flags(const struct page *page, void (*line)(const char *, void *), void *arg)
{
	struct seq_buf s;
	char text[100];

	seq_buf_init(&s, text, sizeof(text));
	seq_buf_printf(&s, "  flags %#010x:", page->flags);
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++)
		if (page->flags & flag_names[i].bit)
			seq_buf_printf(&s, " %s", flag_names[i].name);
	seq_buf_printf(&s, " order %u", page_order(page));
	line(text, arg);
}

// The first page of this page's block; the page itself if it is in no block.
static const struct page *block_of(const struct page *page)
{
	const unsigned long index = page - mem_map;

	if (PageTail(page) || PageSlab(page))
		return page->head;
	for (unsigned int order = 0; order <= MAX_PAGE_ORDER; order++) {
		const struct page *head = mem_map + ALIGN_DOWN(index, 1UL << order);

		if ((PageBuddy(head) || page_ref_count(head) > 0) && page_order(head) >= order)
			return head;
	}
	return page;
}

static void show_use(const struct page *page, void (*line)(const char *, void *), void *arg)
{
	const struct page *head = block_of(page);
	const char *what = PageReserved(page) ? "never handed out: the image, firmware, mem_map"
			   : PageBuddy(head)  ? "free, in a block of the buddy"
			   : PageSlab(page)   ? "handed out, to a slab"
			   : page_ref_count(head) > 0 ? "handed out"
						      : "free, in a per-CPU list";
	struct seq_buf s;
	char text[120];

	seq_buf_init(&s, text, sizeof(text));
	seq_buf_printf(&s, "  %s", what);
	if (PageSlab(page))
		seq_buf_printf(&s, " of cache %s: %u of %u objects in use", head->slab_cache->name,
			       head->inuse, head->objects);
	else if (head != page)
		seq_buf_printf(&s, ", page %ld of the 2^%u from %#lx on", (long)(page - head),
			       page_order(head), page_to_pfn(head));
	line(text, arg);
}

static void show_page_counts(const struct page *page, void (*line)(const char *, void *), void *arg)
{
	char text[80];

	if (PageSlab(page)) // its _mapcount counts objects
		snprintf(text, sizeof(text), "  _refcount %d", page_ref_count(page));
	else
		snprintf(text, sizeof(text), "  _refcount %d, _mapcount %d (mapped %d times)",
			 page_ref_count(page), page->_mapcount, page_mapcount(page));
	line(text, arg);
}

// A frame that is not RAM has no struct page in use, even in a hole inside a zone.
static void show_no_ram(pfn_t pfn, void (*line)(const char *, void *), void *arg)
{
	const struct zone *zone = pfn_zone(pfn);
	char text[140];

	snprintf(text, sizeof(text),
		 "page frame %#lx: physical %#010llx, %s%s%s, no address, no struct page", pfn,
		 (u64)pfn << PAGE_SHIFT, frame_unused(pfn), zone ? ", inside zone " : "",
		 zone ? zone->name : "");
	line(text, arg);
}

void page_show(pfn_t pfn, void (*line)(const char *text, void *arg), void *arg)
{
	const struct page *page = pfn_to_page(pfn);
	const char *unused = frame_unused(pfn);
	char text[120];

	if (!pfn_valid(pfn)) {
		show_no_ram(pfn, line, arg);
		return;
	}
	show_where(pfn, line, arg);
	if (unused) {
		snprintf(text, sizeof(text), "  %s: its struct page is not filled in", unused);
		line(text, arg);
		return;
	}
	show_flags(page, line, arg);
	show_page_counts(page, line, arg);
	show_use(page, line, arg);
}

static void show_site(const char *what, u32 site, void (*line)(const char *, void *), void *arg)
{
	char text[100];

	if (site == 0)
		return;
	snprintf(text, sizeof(text), "  %s by %pS", what, (void *)(unsigned long)site);
	line(text, arg);
}

// Prints the slab object at the address and its call sites.
static void show_object_owner(const struct page *head, unsigned long va,
			      void (*line)(const char *, void *), void *arg)
{
	const struct kmem_cache *s = head->slab_cache;
	const unsigned long start = (unsigned long)page_to_virt(head);
	const unsigned long index = (va - start) / s->size;
	const char *object = slab_objects(s, head) + index * s->size;
	const struct slab_track *track = (const void *)(object + s->track);
	char text[100];

	if (index >= head->objects)
		return; // unused space at the end of a slab
	snprintf(text, sizeof(text), "object %px of cache %s:", object, s->name);
	line(text, arg);
	if (!(s->flags & SLAB_STORE_USER))
		return;
	show_site("taken", track->alloc_site, line, arg);
	show_site("freed", track->free_site, line, arg);
}

void owner_show(unsigned long va, void (*line)(const char *text, void *arg), void *arg)
{
	const struct page *head;
	char text[80];

	if (!CONFIG_DEBUG) {
		line("only debug builds remember owners (make DEBUG=1)", arg);
		return;
	}
	if (!virt_addr_valid((void *)va) || !page_initialised(PFN_DOWN(__pa(va)))) {
		line("no page of lowmem that was ever handed out", arg);
		return;
	}
	head = block_of(virt_to_page((void *)va));
	snprintf(text, sizeof(text), "block of 2^%u pages at %px:", page_order(head),
		 page_to_virt(head));
	line(text, arg);
	if (page_owners[head - mem_map].alloc_site == 0)
		line("  not handed out since start-up", arg);
	show_site("taken", page_owners[head - mem_map].alloc_site, line, arg);
	show_site("freed", page_owners[head - mem_map].free_site, line, arg);
	if (PageSlab(head))
		show_object_owner(head, va, line, arg);
}

// ---- Owners --------------------------------------------------------------------------------------

struct page_owner *page_owners;

void owner_site_show(const char *what, u32 site)
{
	if (site)
		pr_err("  last %s by %pS\n", what, (void *)(unsigned long)site);
}

void page_owner_show(const struct page *page)
{
	const unsigned long index = page - mem_map;

	if (!CONFIG_DEBUG || page < mem_map || index >= max_pfn - min_low_pfn ||
	    !page_initialised(page_to_pfn(page)))
		return;
	owner_site_show("taken", page_owners[index].alloc_site);
	owner_site_show("freed", page_owners[index].free_site);
}
