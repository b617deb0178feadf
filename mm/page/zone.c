// SPDX-License-Identifier: MIT
// Builds the zones from memblock: the array of struct page, the borders, and the first free blocks.
//
// Owns: mem_map, zones[] at start-up, the state of each 4 MB block.
// The time of start-up must not grow with RAM. So a 4 MB block that is entirely free is only recorded
// (deferred; "pristine" in names); its 1,024 struct pages are filled in when the buddy allocator first
// uses it. Blocks that are partly free are filled in here. Blocks without free memory are never filled
// in.

#include <kernel/panic.h>
#include <lib/div64.h>
#include <lib/string.h>
#include <mm/fault_inject.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/page_debug.h>

struct page *mem_map;
unsigned long mem_map_size;
pfn_t min_low_pfn, max_low_pfn, max_pfn;

struct zone *first_zone[MAX_NR_ZONES];

struct zone zones[MAX_NR_ZONES] = {
	[ZONE_DMA] = { .name = "DMA" },
	[ZONE_NORMAL] = { .name = "Normal" },
	[ZONE_HIGHMEM] = { .name = "HighMem" },
};

// The state of each 4 MB block from PHYS_OFFSET. [z] of its zone.
enum block_state {
	BLOCK_UNTOUCHED, // entirely reserved, or not RAM
	BLOCK_PRISTINE,  // deferred: entirely free, struct pages not filled in
	BLOCK_READY,     // struct pages filled in
};
static u8 *block_states;

bool block_pristine(unsigned long block)
{
	return block_states[block] == BLOCK_PRISTINE;
}

bool pfn_valid(pfn_t pfn)
{
	return pfn >= min_low_pfn && pfn < max_pfn && memblock_is_ram(PFN_PHYS(pfn), PAGE_SIZE);
}

bool page_initialised(pfn_t pfn)
{
	return pfn >= min_low_pfn && pfn < max_pfn &&
	       block_states[(pfn - min_low_pfn) >> MAX_PAGE_ORDER] == BLOCK_READY;
}

bool virt_addr_valid(const void *va)
{
	return (unsigned long)va >= PAGE_OFFSET && (unsigned long)va < LOWMEM_END &&
	       pfn_valid(PFN_DOWN(__pa(va)));
}

void init_block(unsigned long block, u32 flags)
{
	struct page *page = mem_map + (block << MAX_PAGE_ORDER);
	struct page *end = page + BLOCK_PAGES;

	for (; page < end; page++) {
		page->flags = flags;
		page->_refcount = 0;
		page->_mapcount = -1;
		page->mapping = NULL;
	}
	block_states[block] = BLOCK_READY;
}

void zone_borders(pfn_t border[MAX_NR_ZONES + 1])
{
	const pfn_t start = PFN_DOWN(PHYS_OFFSET), low_end = PFN_DOWN(memblock_lowmem_end());
	const struct memblock_range *r;

	border[ZONE_DMA] = start;
	border[ZONE_NORMAL] = min(start + (ZONE_DMA_SIZE >> PAGE_SHIFT), low_end);
	border[ZONE_HIGHMEM] = border[MAX_NR_ZONES] = low_end;
	for (int i = 0; (r = memblock_ram(i)) != NULL; i++)
		border[MAX_NR_ZONES] = PFN_DOWN(r->end);
}

static void borders_init(void)
{
	pfn_t border[MAX_NR_ZONES + 1];

	zone_borders(border);
	min_low_pfn = border[ZONE_DMA];
	max_low_pfn = border[ZONE_HIGHMEM];
	max_pfn = border[MAX_NR_ZONES];
	for (int i = 0; i < MAX_NR_ZONES; i++) {
		zones[i].zone_start_pfn = border[i];
		zones[i].spanned_pages = border[i + 1] - border[i];
		zones[i].pristine_cursor = (border[i] - min_low_pfn) >> MAX_PAGE_ORDER;
		zones[i].pristine_end =
			(border[i + 1] - min_low_pfn + BLOCK_PAGES - 1) >> MAX_PAGE_ORDER;
		for (int order = 0; order < NR_PAGE_ORDERS; order++)
			INIT_LIST_HEAD(&zones[i].free_area[order].free_list);
	}
}

// Allocates lowmem for n elements of `what`; panics if there is none. bytes is 64 bits wide: mem_map
// for 512 GB has more bytes than a size_t can hold.
static void *early_array(unsigned long n, size_t element, bool zeroed, const char *what)
{
	const u64 bytes = (u64)n * element;
	phys_addr_t pa = 0;

	if (bytes <= LOWMEM_MAX_SIZE)
		pa = zeroed ? memblock_phys_alloc(bytes, PAGE_SIZE, what)
			    : memblock_phys_alloc_raw(bytes, PAGE_SIZE, what);
	if (pa == 0)
		panic("no room in lowmem for %llu kB of %s", ALIGN(bytes, SZ_1K) >> 10, what);
	return __va((unsigned long)pa);
}

// mem_map is not zeroed: its structs are filled in block by block.
static void arrays_init(void)
{
	const unsigned long pages = ALIGN(max_pfn - min_low_pfn, BLOCK_PAGES);

	BUG_ON(!IS_ALIGNED(PHYS_OFFSET, (phys_addr_t)PAGE_SIZE << MAX_PAGE_ORDER));
	mem_map_size = (max_pfn - min_low_pfn) * sizeof(struct page);
	mem_map = early_array(pages, sizeof(struct page), false, "mem_map");
	block_states = early_array(pages / BLOCK_PAGES, 1, true, "block states");
	if (CONFIG_DEBUG)
		page_owners = early_array(pages, sizeof(struct page_owner), true, "page owners");
}

struct zone *pfn_zone(pfn_t pfn)
{
	for (struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++)
		if (pfn >= zone->zone_start_pfn && pfn < zone->zone_start_pfn + zone->spanned_pages)
			return zone;
	return NULL;
}

// Frees [pfn, end), which is in one filled-in block, as the largest possible blocks.
static void free_run(struct zone *zone, pfn_t pfn, pfn_t end)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	while (pfn < end) {
		unsigned long index = pfn - min_low_pfn;
		unsigned int order =
			index ? min(__builtin_ctzl(index), MAX_PAGE_ORDER) : MAX_PAGE_ORDER;

		while (pfn + (1UL << order) > end)
			order--;
		for (pfn_t p = pfn; p < pfn + (1UL << order); p++)
			ClearPageReserved(pfn_to_page(p));
		buddy_give(zone, pfn_to_page(pfn), order);
		pfn += 1UL << order;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

// Adds free memory from memblock: whole blocks are deferred, the rest is filled in and freed.
static void add_free(pfn_t pfn, pfn_t end)
{
	while (pfn < end) {
		const unsigned long block = (pfn - min_low_pfn) >> MAX_PAGE_ORDER;
		const pfn_t next = min(end, min_low_pfn + ((block + 1) << MAX_PAGE_ORDER));
		struct zone *zone = pfn_zone(pfn);

		zone->managed_pages += next - pfn;
		if (next - pfn == BLOCK_PAGES) {
			block_states[block] = BLOCK_PRISTINE;
			zone->pristine_blocks++;
			zone->free_pages += BLOCK_PAGES;
		} else {
			if (block_states[block] != BLOCK_READY)
				init_block(block,
					   (u32)(zone - zones) << PG_ZONE_SHIFT | PG_reserved);
			free_run(zone, pfn, next);
		}
		pfn = next;
	}
}

static void count_present(void)
{
	const struct memblock_range *r;

	for (int i = 0; (r = memblock_ram(i)) != NULL; i++) {
		for (struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
			const pfn_t start = max(PFN_DOWN(r->start), zone->zone_start_pfn);
			const pfn_t end =
				min(PFN_DOWN(r->end), zone->zone_start_pfn + zone->spanned_pages);

			if (start < end)
				zone->present_pages += end - start;
		}
	}
}

static unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0;

	for (unsigned long bit = BIT(15); bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= x)
			root |= bit;
	return root;
}

// Linux's formulas: min_free_kbytes is 4 * sqrt(lowmem in kB), divided among the zones by size. Highmem
// has only a small reserve, because no allocation that must not fail uses it.
static void watermarks_init(void)
{
	const unsigned long lowmem =
		zones[ZONE_DMA].managed_pages + zones[ZONE_NORMAL].managed_pages;
	const unsigned long kb = lowmem << (PAGE_SHIFT - 10);
	const unsigned long min_free = int_sqrt(kb * 16) >> (PAGE_SHIFT - 10);

	for (struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		unsigned long share = zone->managed_pages;

		if (zone == &zones[ZONE_HIGHMEM])
			share = min(max(share / 1024, 32UL), 128UL);
		else
			share = div_u64((u64)min_free * share, max(lowmem, 1UL));
		zone->_watermark[WMARK_MIN] = share;
		zone->_watermark[WMARK_LOW] = share + share / 4;
		zone->_watermark[WMARK_HIGH] = share + share / 2;
	}
}

// lowmem_reserve_ratio: a zone reserves 1/256 (DMA) or 1/32 (Normal) of the higher zones' size against
// requests that prefer a higher zone.
static void lowmem_reserve_init(void)
{
	static const unsigned int ratio[MAX_NR_ZONES] = { 256, 32, 0 };

	for (int i = 0; i < MAX_NR_ZONES; i++) {
		unsigned long higher = 0;

		for (int j = i + 1; j < MAX_NR_ZONES; j++) {
			higher += zones[j].managed_pages;
			zones[i].lowmem_reserve[j] = higher / ratio[i];
		}
	}
}

void zone_pcp_setup(void)
{
	const bool none = fault_injection_active();

	for (struct zone *zone = zones; zone < zones + MAX_NR_ZONES; zone++) {
		for (unsigned int order = 0; order < PCP_ORDERS; order++) {
			// A small zone has short per-CPU lists: at most 1/64 of the zone for each
			// order.
			const unsigned long most = none ? 0 : zone->managed_pages / 64 >> order;

			zone->pcp[order].batch = min(16UL >> order, (most + 3) / 4);
			zone->pcp[order].high = min(64UL >> order, most);
		}
	}
}

static void first_zones_init(void)
{
	struct zone *first = &zones[ZONE_DMA];

	for (int i = 0; i < MAX_NR_ZONES; i++) {
		if (populated_zone(&zones[i]))
			first = &zones[i];
		first_zone[i] = first;
	}
}

void zones_init(void)
{
	phys_addr_t start, end;

	borders_init();
	arrays_init();
	count_present();
	first_zones_init();
	memblock_set_current_limit(0); // afterwards memory comes from the buddy allocator
	for (u64 pos = 0; memblock_next_free(&pos, &start, &end);)
		add_free(PFN_DOWN(start), PFN_DOWN(end));
	watermarks_init();
	lowmem_reserve_init();
	zone_pcp_setup();
}
