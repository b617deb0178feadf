// SPDX-License-Identifier: MIT
// Objects by hand: kmalloc and kfree, the student's own caches, and the slab of each object.

#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/slab.h>

#include "monitor.h"

// A cache's row of slabinfo.
struct row {
	unsigned long active, objects, slabs;
};

static struct row read_slab_row(struct kmem_cache *s)
{
	return (struct row){ kmem_cache_active(s), s->total_objects, s->nr_slabs };
}

static void say_row(struct kmem_cache *s, struct row before)
{
	const struct row after = read_slab_row(s);

	if (after.slabs > before.slabs)
		say("  a new slab: 2^%u pages from the page allocator, cut into %u objects of %u "
		    "bytes",
		    s->order, s->objects, s->size);
	if (after.slabs < before.slabs)
		say("  the slab has no object in use: its 2^%u pages go back to the page allocator",
		    s->order);
	say("  slabinfo %s: active_objs %lu -> %lu, num_objs %lu -> %lu, slabs %lu -> %lu", s->name,
	    before.active, after.active, before.objects, after.objects, before.slabs, after.slabs);
}

// Prints the object's position in its slab.
static void say_place(const void *p)
{
	const struct page *head = virt_to_page(p)->head;
	const struct kmem_cache *s = head->slab_cache;
	const unsigned long start = (unsigned long)page_to_virt(head);

	say("  object %lu of %u in the slab at %08lx (page frame %#lx, zone %s)",
	    ((unsigned long)p - start) / s->size, head->objects, start, page_to_pfn(head),
	    page_zone(head)->name);
}

// The cache from which kmalloc allocates this size; NULL: whole pages, or no memory (size 0).
static struct kmem_cache *kmalloc_cache(size_t size, gfp_t gfp)
{
	if (size == 0 || size > KMALLOC_MAX_CACHE_SIZE)
		return NULL;
	return &kmalloc_caches[kmalloc_type(gfp)][kmalloc_index(size)];
}

static void say_without_cache(size_t size)
{
	if (size == 0)
		say("  ZERO_SIZE_PTR: no memory; kfree takes it, any access faults");
	else
		say("  too large for a cache: 2^%u whole pages, %lu bytes of them unused",
		    get_order(size), (PAGE_SIZE << get_order(size)) - size);
}

static void cmd_kmalloc(char *args)
{
	struct kmem_cache *s;
	unsigned long size;
	struct row before = { 0 };
	struct held *h;
	gfp_t gfp;
	void *p;

	if (!read_count("kmalloc", next_word(&args), "a size", KMALLOC_MAX_SIZE, &size) ||
	    !read_gfp("kmalloc", args, &gfp) || !(h = held_new("kmalloc")))
		return;
	if (gfp & __GFP_HIGHMEM) {
		say("kmalloc: never gives highmem, which has no address; alloc 0 highuser does");
		return;
	}
	s = kmalloc_cache(size, gfp);
	if (s)
		before = read_slab_row(s);
	p = kmalloc(size, gfp | __GFP_NOWARN);
	if (!p) {
		say("kmalloc: no memory for %lu bytes", size);
		return;
	}
	h->va = (unsigned long)p;
	h->size = size;
	snprintf(h->text, sizeof(h->text), "kmalloc(%lu = %#lx) at %px, %zu bytes of %s", size,
		 size, p, ksize(p),
		 s      ? s->name
		 : size ? "whole pages"
			: "nothing");
	held_added(h, HELD_OBJECT);
	if (s) {
		say_place(p);
		say_row(s, before);
	} else {
		say_without_cache(size);
	}
}

static void cmd_kfree(char *args)
{
	struct held *h = held_find("kfree", HELD_OBJECT, args);
	struct row before = { 0 };
	struct kmem_cache *s;
	void *p;

	if (!h)
		return;
	p = (void *)h->va;
	s = h->cache ? h->cache : kmalloc_cache(h->size, 0);
	// There are several kmalloc caches of this size: the slab knows which one it was.
	if (s)
		s = virt_to_page(p)->slab_cache;
	if (s)
		before = read_slab_row(s);
	if (h->cache)
		kmem_cache_free(h->cache, p);
	else
		kfree(p);
	held_drop(h);
	say("freed #%u: %s", held_number(h), h->text);
	if (s)
		say_row(s, before);
}

// ---- Caches -----------------------------------------------------------------------------------------

static struct held *cache_named(const char *name)
{
	for (struct held *h = held_next(NULL, HELD_CACHE); h; h = held_next(h, HELD_CACHE))
		if (strcmp(h->name, name) == 0)
			return h;
	return NULL;
}

struct search {
	const char *name;
	bool found;
};

static void compare_name(const char *row, void *arg)
{
	struct search *search = arg;
	const size_t len = strlen(search->name);

	if (strncmp(row, search->name, len) == 0 && row[len] == ' ')
		search->found = true;
}

// Why this name is invalid for a new cache; NULL: it is valid.
static const char *bad_cache_name(const char *name)
{
	struct search search = { name, false };

	if (strlen(name) >= sizeof(((struct held *)0)->name))
		return "is too long (15 characters)";
	if (!((*name | ('a' ^ 'A')) >= 'a' && (*name | ('a' ^ 'A')) <= 'z'))
		return "does not start with a letter";
	slabinfo_show(compare_name, &search);
	return search.found ? "is the name of a cache already" : NULL;
}

static void create_cache(const char *name, const char *word)
{
	const char *why = bad_cache_name(name);
	unsigned long size;
	struct held *h;

	if (why) {
		say("cache: \"%s\" %s", name, why);
		return;
	}
	if (!read_count("cache", word, "a size", KMALLOC_MAX_SIZE / 2, &size) ||
	    !(h = held_new("cache")))
		return;
	if (size == 0) {
		say("cache: an object has at least 1 byte");
		return;
	}
	strscpy(h->name, name, sizeof(h->name));
	h->cache = kmem_cache_create(h->name, size, 0, 0, NULL);
	if (!h->cache) {
		say("cache: no memory");
		return;
	}
	snprintf(h->text, sizeof(h->text), "cache %s of objects of %lu bytes", name, size);
	held_added(h, HELD_CACHE);
	say("  an object takes %u bytes: %u of them in a slab of 2^%u pages; there is no slab yet",
	    h->cache->size, h->cache->objects, h->cache->order);
	say("  cache %s (without a size) takes an object, kfree gives it back", name);
}

static void hold_cache_object(struct kmem_cache *s)
{
	struct held *h = held_new("cache");
	const struct row before = read_slab_row(s);
	void *p;

	if (!h)
		return;
	p = kmem_cache_alloc(s, GFP_KERNEL | __GFP_NOWARN);
	if (!p) {
		say("cache: no memory for an object of %s", s->name);
		return;
	}
	h->va = (unsigned long)p;
	h->cache = s;
	snprintf(h->text, sizeof(h->text), "object of cache %s at %px, %u bytes", s->name, p,
		 s->object_size);
	held_added(h, HELD_OBJECT);
	say_place(p);
	say_row(s, before);
}

static void cmd_cache(char *args)
{
	const char *name = next_word(&args);
	const struct held *cache = cache_named(name);

	if (cache && !*args)
		hold_cache_object(cache->cache);
	else if (!*name)
		say("cache: a name is missing; see help cache");
	else
		create_cache(name, args);
}

static void cmd_uncache(char *args)
{
	struct held *h = *args ? cache_named(args) : NULL;
	unsigned long active;

	if (!h)
		h = held_find("uncache", HELD_CACHE, args);
	if (!h)
		return;
	active = kmem_cache_active(h->cache);
	if (active) {
		say("uncache: %lu objects of %s are in use: kfree gives them back", active,
		    h->name);
		return;
	}
	if (kmem_cache_destroy(h->cache) != 0)
		return; // after its own message
	held_drop(h);
	say("destroyed #%u: %s; its slabs went back to the page allocator", held_number(h),
	    h->text);
}

static const char kmalloc_more[] = "SIZE is in bytes: decimal, with 0x hexadecimal, with K or M in "
				   "KB or MB; at most 4M. GFP is as\n"
				   "for alloc, without highmem. Shown: the cache, the slab, and "
				   "the cache's numbers in slabinfo.";
static const char kfree_more[] = "Without an argument: the object that kmalloc or cache took last. "
				 "NUMBER is what held shows; an\n"
				 "address (hexadecimal) will do.";
static const char cache_more[] =
	"cache NAME SIZE creates a cache of objects of SIZE bytes (decimal, or hexadecimal with "
	"0x).\n"
	"cache NAME takes an object from it; kfree gives it back; uncache NAME destroys the cache.";

const struct command monitor_slab_commands[] = {
	{ "kmalloc", "SIZE [GFP]", "take SIZE bytes", cmd_kmalloc, kmalloc_more, NULL },
	{ "kfree", "[NUMBER]", "give an object back", cmd_kfree, kfree_more, NULL },
	{ "cache", "NAME [SIZE]", "create a cache, or take an object of it", cmd_cache, cache_more,
	  NULL },
	{ "uncache", "[NAME]", "destroy a cache", cmd_uncache, cache_more, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
