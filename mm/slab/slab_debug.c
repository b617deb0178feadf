// SPDX-License-Identifier: MIT
// The checks of debug caches: poison, red zones, owners, double and wild frees.
//
// The layout of an object:
//   red zone | object_size bytes | red zone up to `inuse` | link to the next free object | slab_track
// Free: the object is filled with POISON_FREE, its last byte is POISON_END, and the red zones are
// SLUB_RED_INACTIVE. In use: the red zones are SLUB_RED_ACTIVE, and so is the unused end of the object
// after a smaller kmalloc().
//
// Rules: each error is reported once; the overwritten bytes are repaired, so that the cache stays
// usable.
// Linux: the second half of mm/slub.c.

#include <abi/errno.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/leak_owners.h>
#include <mm/page_debug.h>

#include "slab.h"

unsigned long slab_errors;

static struct slab_track *get_track(const struct kmem_cache *s, const void *object)
{
	return (struct slab_track *)((char *)object + s->track);
}

void slab_show_object(struct kmem_cache *s, struct page *page, void *object)
{
	pr_err("  object %px of cache %s, slab %px\n", object, s->name, page_to_virt(page));
	if (!(s->flags & SLAB_STORE_USER))
		return;
	owner_site_show("taken", get_track(s, object)->alloc_site);
	owner_site_show("freed", get_track(s, object)->free_site);
}

// The rest of a report, after the line that states the error.
static void finish_slab_report(struct kmem_cache *s, struct page *page, void *object)
{
	slab_errors++;
	slab_show_object(s, page, object);
	dump_stack(NULL);
}

void slab_bad_pointer(const char *func, const void *p, const char *what)
{
	slab_errors++;
	pr_err("BUG: %s(%px): %s\n", func, p, what);
	if (virt_addr_valid(p))
		page_owner_show(virt_to_page(p));
	dump_stack(NULL);
}

// The first byte in [p, p+n) that is not `value`, or NULL.
static const u8 *first_other(const u8 *p, size_t n, u8 value)
{
	for (; n > 0; p++, n--)
		if (unlikely(*p != value))
			return p;
	return NULL;
}

// Reports the first byte in [p, p+n) that is not `value`. Returns true if there is none.
static bool check_bytes(struct kmem_cache *s, struct page *page, void *object, const u8 *p,
			size_t n, u8 value, const char *what)
{
	p = first_other(p, n, value);
	if (likely(!p))
		return true;
	pr_err("BUG %s: %s: byte %d of the object is %02x, not %02x\n", s->name, what,
	       (int)(p - (const u8 *)object), *p, value);
	finish_slab_report(s, page, object);
	return false;
}

// If alignment makes the gap large, only the part next to the object is checked.
static size_t left_zone_size(const struct kmem_cache *s)
{
	return min(s->red_left, (u32)L1_CACHE_BYTES);
}

// Writes the red zones of an object of which the owner uses `used` bytes.
static void write_red_zones(const struct kmem_cache *s, void *object, size_t used, u8 value)
{
	if (!(s->flags & SLAB_RED_ZONE))
		return;
	memset((u8 *)object - left_zone_size(s), value, left_zone_size(s));
	memset((u8 *)object + used, value, s->inuse - used);
}

static bool check_red_zones(struct kmem_cache *s, struct page *page, void *object, size_t used,
			    u8 value)
{
	const u8 *bytes = object;

	if (!(s->flags & SLAB_RED_ZONE))
		return true;
	return check_bytes(s, page, object, bytes + used, s->inuse - used, value,
			   "written behind its end") &&
	       check_bytes(s, page, object, bytes - left_zone_size(s), left_zone_size(s), value,
			   "written before its start");
}

// An object with a constructor keeps its contents while it is free.
static bool poisons(const struct kmem_cache *s)
{
	return (s->flags & SLAB_POISON) && !s->ctor;
}

static void make_free(const struct kmem_cache *s, void *object)
{
	if (poisons(s)) {
		memset(object, POISON_FREE, s->object_size - 1);
		((u8 *)object)[s->object_size - 1] = POISON_END;
	}
	write_red_zones(s, object, s->object_size, SLUB_RED_INACTIVE);
}

static bool check_free_object(struct kmem_cache *s, struct page *page, void *object)
{
	static const char what[] = "written to after it was freed";
	const u8 *bytes = object;
	const size_t last = s->object_size - 1;

	if (poisons(s) && !(check_bytes(s, page, object, bytes, last, POISON_FREE, what) &&
			    check_bytes(s, page, object, bytes + last, 1, POISON_END, what)))
		return false;
	return check_red_zones(s, page, object, s->object_size, SLUB_RED_INACTIVE);
}

static bool check_used_object(struct kmem_cache *s, struct page *page, void *object)
{
	return check_red_zones(s, page, object, slab_owned_size(s, object), SLUB_RED_ACTIVE);
}

static void report_link(struct kmem_cache *s, struct page *page, void *object)
{
	pr_err("BUG %s: written to after it was freed: the link leads to %px\n", s->name,
	       get_freepointer(s, object));
	finish_slab_report(s, page, object);
}

// Cuts the list at a link that leads out of the slab or to itself: the objects after it count as in
// use.
static bool check_link(struct kmem_cache *s, struct page *page, void *object)
{
	void *next = get_freepointer(s, object);

	if (!(s->flags & SLAB_CONSISTENCY_CHECKS) || !next ||
	    (slab_is_object(s, page, next) && next != object))
		return true;
	report_link(s, page, object);
	set_freepointer(s, object, NULL);
	return false;
}

size_t slab_owned_size(const struct kmem_cache *s, const void *object)
{
	const size_t asked = s->flags & SLAB_STORE_USER ? get_track(s, object)->orig_size : 0;

	return asked ? asked : s->object_size;
}

void slab_debug_init(struct kmem_cache *s, void *object)
{
	make_free(s, object);
	if (s->flags & SLAB_STORE_USER)
		memset(get_track(s, object), 0, sizeof(struct slab_track));
}

void slab_debug_alloc(struct kmem_cache *s, struct page *page, void *object, size_t size,
		      unsigned long site)
{
	if (!check_link(s, page, object))
		page->inuse = page->objects;
	check_free_object(s, page, object);
	if (s->flags & SLAB_STORE_USER) {
		get_track(s, object)->alloc_site = site;
		get_track(s, object)->orig_size = size;
		get_track(s, object)->mark = alloc_mark;
	}
	if (poisons(s))
		memset(object, POISON_INUSE, s->object_size);
	write_red_zones(s, object, slab_owned_size(s, object), SLUB_RED_ACTIVE);
}

bool slab_is_object(const struct kmem_cache *s, const struct page *page, const void *object)
{
	const unsigned long offset = (unsigned long)object - (unsigned long)slab_objects(s, page);

	return offset < (unsigned long)page->objects * s->size && offset % s->size == 0;
}

bool slab_on_freelist(const struct kmem_cache *s, const struct page *page, const void *object)
{
	unsigned int n = 0;

	for (const void *o = page->freelist; o && n <= page->objects; n++) {
		if (o == object)
			return true;
		if (!slab_is_object(s, page, o))
			return false; // a broken link: reported when that object is allocated
		o = get_freepointer(s, o);
	}
	return false;
}

bool slab_in_use(struct kmem_cache *s, const struct page *page, const void *object)
{
	unsigned long flags;
	bool in_use;

	if (!(s->flags & SLAB_CONSISTENCY_CHECKS))
		return true;
	flags = spin_lock_irqsave(&s->lock);
	in_use = slab_is_object(s, page, object) && !slab_on_freelist(s, page, object);
	spin_unlock_irqrestore(&s->lock, flags);
	return in_use;
}

// Reports a pointer into a slab that is not the start of an object.
static void report_wild(struct kmem_cache *s, struct page *page, const void *p)
{
	const unsigned long offset = (unsigned long)p - (unsigned long)slab_objects(s, page);
	const unsigned long index = offset / s->size;

	if (offset >= (unsigned long)page->objects * s->size) {
		slab_bad_pointer("free", p, "lies in a slab, but in no object");
		return;
	}
	pr_err("BUG %s: free of %px, which is byte %lu of an object\n", s->name, p,
	       offset % s->size);
	finish_slab_report(s, page, slab_objects(s, page) + index * s->size);
}

static bool may_free(struct kmem_cache *s, struct page *page, void *object)
{
	if (!slab_is_object(s, page, object)) {
		report_wild(s, page, object);
		return false;
	}
	if (slab_on_freelist(s, page, object)) {
		pr_err("BUG %s: double free\n", s->name);
		finish_slab_report(s, page, object);
		return false;
	}
	return true;
}

bool slab_debug_free(struct kmem_cache *s, struct page *page, void *object, unsigned long site)
{
	if ((s->flags & SLAB_CONSISTENCY_CHECKS) && !may_free(s, page, object))
		return false;
	check_used_object(s, page, object);
	make_free(s, object);
	if (s->flags & SLAB_STORE_USER)
		get_track(s, object)->free_site = site;
	return true;
}

// ---- All objects of a slab ------------------------------------------------------------------------

// Whether next is `object` or precedes it in the free list.
static bool leads_back(const struct kmem_cache *s, const struct page *page, const void *object,
		       const void *next)
{
	const void *o = page->freelist;

	while (o != object && o != next)
		o = get_freepointer(s, o);
	return o == next;
}

// The free object whose link is broken: it leads to no object, or back. NULL: none.
static void *broken_link(const struct kmem_cache *s, const struct page *page)
{
	for (void *o = page->freelist; o; o = get_freepointer(s, o)) {
		const void *next = get_freepointer(s, o);

		if (next && (!slab_is_object(s, page, next) || leads_back(s, page, o, next)))
			return o;
	}
	return NULL;
}

// Whether the object has all the bytes that make_free() writes, and make_free() writes some.
static bool looks_free(const struct kmem_cache *s, const void *object)
{
	const u8 *bytes = object;
	const u32 last = s->object_size - 1;

	if ((s->flags & SLAB_RED_ZONE) &&
	    first_other(bytes + last + 1, s->inuse - last - 1, SLUB_RED_INACTIVE))
		return false;
	if (poisons(s))
		return !first_other(bytes, last, POISON_FREE) && bytes[last] == POISON_END;
	return s->flags & SLAB_RED_ZONE;
}

// Reports the free object with the broken link and repairs it. The list continues with all objects that
// look free; others that were in it count as in use.
static void mend_link(struct kmem_cache *s, struct page *page, void *object)
{
	char *o = slab_objects(s, page);
	void *end = object;

	report_link(s, page, object);
	set_freepointer(s, object, NULL);
	make_free(s, object);
	for (unsigned int i = 0; i < page->objects; i++, o += s->size) {
		if (slab_on_freelist(s, page, o) || !looks_free(s, o))
			continue;
		set_freepointer(s, o, NULL);
		set_freepointer(s, end, o);
		end = o;
	}
	page->inuse = page->objects;
	for (void *free = page->freelist; free; free = get_freepointer(s, free))
		page->inuse--;
}

unsigned int slab_debug_validate(struct kmem_cache *s, struct page *page)
{
	char *object = slab_objects(s, page), *broken = broken_link(s, page);
	unsigned int bad = 0;

	if (broken) { // first: off the list, free objects would look like overrun ones
		mend_link(s, page, broken);
		bad++;
	}
	for (unsigned int i = 0; i < page->objects; i++, object += s->size) {
		if (slab_on_freelist(s, page, object)) {
			if (check_free_object(s, page, object))
				continue;
			make_free(s, object);
		} else {
			if (check_used_object(s, page, object))
				continue;
			write_red_zones(s, object, slab_owned_size(s, object), SLUB_RED_ACTIVE);
		}
		bad++;
	}
	return bad;
}

int slab_debug_parse(const char *letters, slab_flags_t *flags)
{
	slab_flags_t sum = 0;

	if (strcmp(letters, "-") == 0 || *letters == '\0') {
		*flags = *letters ? 0 : SLAB_DEBUG_FLAGS;
		return 0;
	}
	for (; *letters; letters++) {
		switch (*letters) {
		case 'F': sum |= SLAB_CONSISTENCY_CHECKS; break;
		case 'Z': sum |= SLAB_RED_ZONE; break;
		case 'P': sum |= SLAB_POISON; break;
		case 'U': sum |= SLAB_STORE_USER; break;
		default: return -EINVAL;
		}
	}
	*flags = sum;
	return 0;
}

// ---- Recount -------------------------------------------------------------------------------------

// Checks one slab: the free list is valid and its length agrees with inuse.
static void check_slab(struct kmem_cache *s, struct page *page)
{
	unsigned int free = 0;

	BUG_ON(!PageSlab(page) || page->slab_cache != s || page->head != page);
	for (void *o = page->freelist; o; o = get_freepointer(s, o)) {
		BUG_ON(!slab_is_object(s, page, o));
		BUG_ON(++free > page->objects);
	}
	BUG_ON(page->inuse + free != page->objects);
}

static void check_slab_at_hand(struct kmem_cache *s, struct page *page)
{
	unsigned int free = 0;

	BUG_ON(slab_debug(s));
	check_slab(s, page);
	BUG_ON(s->cpu_start != (unsigned long)page_to_virt(page));
	BUG_ON(s->cpu_size != PAGE_SIZE << page_order(page));
	for (void *o = s->cpu_freelist; o; o = get_freepointer(s, o)) {
		BUG_ON(!slab_is_object(s, page, o));
		BUG_ON(++free > page->objects);
	}
}

static void check_cache(struct kmem_cache *s)
{
	unsigned long slabs = 0, partial = 0, objects = 0;
	struct page *page;

	list_for_each_entry (page, &s->partial, lru) {
		BUG_ON(!page->freelist);
		check_slab(s, page);
		objects += page->objects;
		partial++;
	}
	list_for_each_entry (page, &s->full, lru) {
		BUG_ON(page->freelist);
		check_slab(s, page);
		objects += page->objects;
		slabs++;
	}
	BUG_ON(partial != s->nr_partial);
	slabs += partial;
	BUG_ON((s->cpu_freelist || s->cpu_size) && !s->cpu_page);
	if (s->cpu_page) {
		check_slab_at_hand(s, s->cpu_page);
		objects += s->cpu_page->objects;
		slabs++;
	}
	BUG_ON(slabs != s->nr_slabs || objects != s->total_objects);
}

void slab_check(void)
{
	struct kmem_cache *s;

	list_for_each_entry (s, &slab_caches.list, list) {
		unsigned long flags = spin_lock_irqsave(&s->lock);

		check_cache(s);
		spin_unlock_irqrestore(&s->lock, flags);
	}
}

static unsigned long validate_slabs(struct kmem_cache *s, struct list_head *slabs)
{
	struct page *page;
	unsigned long bad = 0;

	list_for_each_entry (page, slabs, lru)
		bad += slab_debug_validate(s, page);
	return bad;
}

unsigned long kmem_cache_validate(struct kmem_cache *s)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	unsigned long bad = 0;

	if (slab_debug(s))
		bad = validate_slabs(s, &s->partial) + validate_slabs(s, &s->full);
	spin_unlock_irqrestore(&s->lock, flags);
	return bad;
}
