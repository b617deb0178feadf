// SPDX-License-Identifier: MIT
// struct page: one for each page frame of RAM, in one array (Linux: mm_types.h, FLATMEM).
//
// The structs of a 4 MB block are filled in when the buddy allocator first uses it. Start-up fills in
// only those of blocks that are partly free, and leaves the rest uninitialised (mm/page/zone.c;
// page_initialised()).
#pragma once

#include <arch/layout.h>
#include <lib/list.h>
#include <lib/types.h>
#include <mm/addr.h>

struct kmem_cache;

// Locks: [z] zone->lock  [c] the cache's lock  [a] atomic  [o] the owner of the page
struct page {
	u32 flags;     // PG_ bits, order and zone: see below
	int _refcount; // [a] 0: free, or reserved
	union {
		// [z] free: in free_area; [c] slab: in a list of its cache; otherwise [o]
		struct list_head lru;
		struct page *pcp_next; // [z] free: in a per-CPU list
	};
	union {
		unsigned long private; // [o]
		void *freelist;        // [c] slab: first free object
	};
	union {
		int _mapcount; // [a] mappings in user space, minus 1
		struct {
			u16 inuse;   // [c] slab: objects in use (or in the per-CPU list)
			u16 objects; // [c] slab: objects in all
		};
	};
	union {
		void *mapping;                 // [o]
		struct kmem_cache *slab_cache; // [c] slab
	};
	union {
		unsigned long index; // [o]
		struct page *head; // slab, compound: the first page of the block, also in that page
	};
};
_Static_assert(sizeof(struct page) == 32, "struct page takes 32 bytes: 8 MB for each GB of RAM");

#define PAGE_STRUCT_SHIFT 5 // log2(sizeof(struct page))

// flags. The order is that of the block of which this page is the first, in use or free. The flags from
// locked to dirty belong to the block's owner and are in its first page; other code ignores them until
// the free.
#define PG_reserved    BIT(0) // never allocated: firmware, kernel image, this array, not RAM
#define PG_buddy       BIT(1) // first page of a free block in free_area
#define PG_locked      BIT(2) // [a] the contents are being worked on: must not be freed
#define PG_slab        BIT(3)
#define PG_head        BIT(4) // __GFP_COMP block, first page
#define PG_tail        BIT(5) // __GFP_COMP block, other pages
#define PG_referenced  BIT(6) // [a] used since the last check
#define PG_uptodate    BIT(7) // [a] the contents are valid
#define PG_dirty       BIT(8) // [a] changed since it was written back
#define PG_ORDER_SHIFT 24
#define PG_ORDER_MASK  (0xfu << PG_ORDER_SHIFT)
#define PG_ZONE_SHIFT  30

#define PAGE_FLAG(Name, name)                                  \
	static inline bool Page##Name(const struct page *page) \
	{                                                      \
		return page->flags & PG_##name;                \
	}
PAGE_FLAG(Reserved, reserved)
PAGE_FLAG(Buddy, buddy)
PAGE_FLAG(Slab, slab)
PAGE_FLAG(Head, head)
PAGE_FLAG(Tail, tail)

static inline void SetPageReserved(struct page *page)
{
	page->flags |= PG_reserved;
}

static inline void ClearPageReserved(struct page *page)
{
	page->flags &= ~PG_reserved;
}

// The owner's flags. Each change is atomic, so that concurrent changes of other flags are not lost. Any
// context.
#define OWNER_FLAG(Name, name)                                                  \
	PAGE_FLAG(Name, name)                                                   \
	static inline void SetPage##Name(struct page *page)                     \
	{                                                                       \
		__atomic_fetch_or(&page->flags, PG_##name, __ATOMIC_RELAXED);   \
	}                                                                       \
	static inline void ClearPage##Name(struct page *page)                   \
	{                                                                       \
		__atomic_fetch_and(&page->flags, ~PG_##name, __ATOMIC_RELAXED); \
	}
OWNER_FLAG(Referenced, referenced)
OWNER_FLAG(Uptodate, uptodate)
OWNER_FLAG(Dirty, dirty)
PAGE_FLAG(Locked, locked)

// Acquires the page's lock if it is free; returns whether it did. Then all that the previous lock
// holder wrote to the page is visible. Any context.
static inline bool trylock_page(struct page *page)
{
	return !(__atomic_fetch_or(&page->flags, PG_locked, __ATOMIC_ACQUIRE) & PG_locked);
}

// Releases the page's lock. If the page is not locked, that is reported. Any context.
void unlock_page(struct page *page);

static inline unsigned int page_order(const struct page *page)
{
	return (page->flags & PG_ORDER_MASK) >> PG_ORDER_SHIFT;
}

static inline int page_ref_count(const struct page *page)
{
	return READ_ONCE(page->_refcount);
}

// The number of users of a page; of the whole block for a compound page.
static inline int page_count(const struct page *page)
{
	return page_ref_count(PageTail(page) ? page->head : page);
}

// The number of user mappings.
static inline int page_mapcount(const struct page *page)
{
	return READ_ONCE(page->_mapcount) + 1;
}

// The array: element 0 is the first frame at PHYS_OFFSET.
extern struct page *mem_map;
extern unsigned long mem_map_size; // bytes
extern pfn_t min_low_pfn;          // of PHYS_OFFSET
extern pfn_t max_low_pfn;          // first frame after lowmem
extern pfn_t max_pfn;              // first frame after all RAM

// Frame number to struct page and back: arithmetic, valid for every pfn that pfn_valid() accepts.
static inline struct page *pfn_to_page(pfn_t pfn)
{
	return mem_map + (pfn - min_low_pfn);
}

static inline pfn_t page_to_pfn(const struct page *page)
{
	return (pfn_t)(page - mem_map) + min_low_pfn;
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return PFN_PHYS(page_to_pfn(page));
}

static inline struct page *phys_to_page(phys_addr_t pa)
{
	return pfn_to_page(PFN_DOWN(pa));
}

// Whether the pointer points into the array.
static inline bool is_struct_page(const struct page *page)
{
	return (unsigned long)page - (unsigned long)mem_map < mem_map_size;
}

// Whether this frame is RAM and has a struct page. Any context.
bool pfn_valid(pfn_t pfn);

// Whether this frame's struct page is filled in (by start-up or by an allocation).
bool page_initialised(pfn_t pfn);

// Linear-map address to struct page. PHYS_OFFSET does not matter here.
static inline struct page *virt_to_page(const void *va)
{
	return mem_map + (((unsigned long)va - PAGE_OFFSET) >> PAGE_SHIFT);
}

// For lowmem pages only; see page_address().
static inline void *page_to_virt(const struct page *page)
{
	return (void *)((((unsigned long)page - (unsigned long)mem_map)
			 << (PAGE_SHIFT - PAGE_STRUCT_SHIFT)) +
			PAGE_OFFSET);
}

// Allocates a zeroed page table of `size` bytes (a power of two), aligned to its size. Returns its
// physical address, or 0. Any context.
phys_addr_t page_table_alloc(size_t size);
// Frees it; no entry may point to it any more. Any context.
void page_table_free(phys_addr_t table, size_t size);
// The pages that all page tables take.
extern unsigned long page_tables_taken;

// Whether the address is in the linear map of RAM: the precondition of __pa and virt_to_page.
bool virt_addr_valid(const void *va);
