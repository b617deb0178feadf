// SPDX-License-Identifier: MIT
// KASAN: the shadow, and the checks that the compiler calls before each access.
//
//   c0000000          f0000000    f6000000   f7000000          f8000000              ffffffff
//   | lowmem          | of lowmem | no memory | of vmalloc and up | vmalloc, pkmap, fixmap |
//                     |<------------- the shadow -------------->|
//
// The shadow of lowmem's RAM and of all addresses above f8000000 has memory of its own: 1/8 of the
// size. The shadow's own addresses, and lowmem addresses without RAM, have none: an access there faults
// anyway.
//
// Owns: the shadow. Rules: this file is not instrumented. Its checks are called from the first
// instruction, also with the MMU off (compiled with -fpie); they do nothing before kasan_init().
// Linux: mm/kasan/generic.c, shadow.c.

#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sanitizer.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/kasan.h>
#include <mm/kernel_map.h>
#include <mm/memblock.h>
#include <mm/page.h>
#include <mm/slab.h>

_Static_assert(KASAN_SHADOW_OFFSET == CONFIG_KASAN_SHADOW_OFFSET,
	       "the compiler and the layout agree on where the shadow is");

u8 kasan_image_shadow[KASAN_IMAGE_SHADOW_SIZE] __aligned(PAGE_SIZE);

// In .data: .bss may not be cleared yet.
static struct {
	bool on;
	unsigned long lowmem; // bytes with a shadow
} kasan __section(".data") = { false, 0 };

extern void (*const __ctors_start[])(void), (*const __ctors_end[])(void);

static bool has_shadow(unsigned long addr)
{
	return addr - PAGE_OFFSET < kasan.lowmem || addr >= KASAN_SHADOW_END;
}

// ---- Marking --------------------------------------------------------------------------------------

void kasan_poison(const void *p, size_t size, u8 reason)
{
	if (kasan.on && has_shadow((unsigned long)p))
		memset(kasan_shadow(p), reason, ALIGN(size, KASAN_GRANULE) / KASAN_GRANULE);
}

void kasan_unpoison(const void *p, size_t size)
{
	if (!kasan.on || !has_shadow((unsigned long)p))
		return;
	memset(kasan_shadow(p), 0, size / KASAN_GRANULE);
	if (size % KASAN_GRANULE)
		*kasan_shadow((const char *)p + size) = size % KASAN_GRANULE;
}

void kasan_poison_tail(const void *p, size_t used, size_t size, u8 reason)
{
	const size_t whole = ALIGN(used, KASAN_GRANULE);

	if (kasan.on && used % KASAN_GRANULE && has_shadow((unsigned long)p))
		*kasan_shadow((const char *)p + used) = used % KASAN_GRANULE;
	if (whole < size)
		kasan_poison((const char *)p + whole, size - whole, reason);
}

void kasan_alloc_pages(struct page *page, unsigned int order)
{
	if (!PageHighMem(page))
		kasan_unpoison(page_to_virt(page), PAGE_SIZE << order);
}

void kasan_free_pages(struct page *page, unsigned int order)
{
	if (!PageHighMem(page))
		kasan_poison(page_to_virt(page), PAGE_SIZE << order, KASAN_PAGE_FREE);
}

// ---- Objects --------------------------------------------------------------------------------------

void kasan_new_slab(struct kmem_cache *s, struct page *page)
{
	char *object = (char *)page_to_virt(page);

	kasan_poison(object, PAGE_SIZE << page_order(page), KASAN_SLAB_REDZONE);
	object += s->red_left;
	for (unsigned int i = 0; i < page->objects; i++, object += s->size)
		kasan_poison(object, s->object_size, KASAN_SLAB_FREE);
}

void *kasan_slab_alloc(struct kmem_cache *s, void *object, size_t used)
{
	if (!object)
		return NULL;
	kasan_unpoison(object, s->object_size);
	kasan_poison_tail(object, used ? used : s->object_size, s->object_size, KASAN_SLAB_REDZONE);
	return object;
}

// Whether an object starts there whose first byte is valid.
static bool in_use(struct kmem_cache *s, const char *object)
{
	const struct page *page = virt_to_page(object)->head;
	const char *first = (char *)page_to_virt(page) + s->red_left;

	return (object - first) % s->size == 0 && *kasan_shadow(object) < KASAN_GRANULE;
}

bool kasan_slab_free(struct kmem_cache *s, void *object)
{
	if (!kasan.on)
		return false;
	// Caches with consistency checks have checked already; objects lost from a broken list count as
	// in use there.
	if (!(s->flags & SLAB_CONSISTENCY_CHECKS) && !in_use(s, object)) {
		kasan_report_free(object, __RETURN_ADDRESS);
		return true;
	}
	kasan_poison(object, s->object_size, KASAN_SLAB_FREE);
	return false;
}

// ---- Checking -------------------------------------------------------------------------------------

// The number of valid bytes at the start of p's granule.
static inline unsigned int usable(unsigned long p)
{
	const u8 shadow = *kasan_shadow((void *)p);

	return shadow == 0 ? KASAN_GRANULE : shadow < KASAN_GRANULE ? shadow : 0;
}

unsigned long kasan_first_bad(unsigned long addr, size_t size)
{
	const unsigned long last = addr + size - 1;

	for (unsigned long p = addr; p <= last; p = (p | (KASAN_GRANULE - 1)) + 1) {
		const unsigned long granule = p & ~(KASAN_GRANULE - 1);
		const unsigned long end = min(last, granule | (KASAN_GRANULE - 1));

		if (end - granule >= usable(p))
			return max(p, granule + usable(p));
		if (end == last) // p would wrap around at the top of the address space
			break;
	}
	return 0;
}

// Checks nothing below the kernel, in memory without a shadow, or while a report is printed.
static __always_inline void kasan_check(unsigned long addr, size_t size, bool write,
					unsigned long site)
{
	unsigned long bad;

	if (!kasan.on || size == 0 || !has_shadow(addr) || !has_shadow(addr + size - 1))
		return;
	bad = kasan_first_bad(addr, size);
	if (unlikely(bad) && !sanitizer.reporting)
		kasan_report(addr, bad, size, write, site);
}

// The functions that the compiler calls, by size. It defines the names.
#define KASAN_CHECKS(n)                                        \
	void __asan_load##n##_noabort(unsigned long addr);     \
	void __asan_load##n##_noabort(unsigned long addr)      \
	{                                                      \
		kasan_check(addr, n, false, __RETURN_ADDRESS); \
	}                                                      \
	void __asan_store##n##_noabort(unsigned long addr);    \
	void __asan_store##n##_noabort(unsigned long addr)     \
	{                                                      \
		kasan_check(addr, n, true, __RETURN_ADDRESS);  \
	}
KASAN_CHECKS(1)
KASAN_CHECKS(2)
KASAN_CHECKS(4)
KASAN_CHECKS(8)
KASAN_CHECKS(16)

void __asan_loadN_noabort(unsigned long addr, size_t size);
void __asan_loadN_noabort(unsigned long addr, size_t size)
{
	kasan_check(addr, size, false, __RETURN_ADDRESS);
}

void __asan_storeN_noabort(unsigned long addr, size_t size);
void __asan_storeN_noabort(unsigned long addr, size_t size)
{
	kasan_check(addr, size, true, __RETURN_ADDRESS);
}

// Called before a noreturn call. Here those end the machine, or the thread and its stack.
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

// lib/string.c names these functions raw_*; these wrappers check the whole range at once.
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
void *raw_memcpy(void *dst, const void *src, size_t n);
void *raw_memmove(void *dst, const void *src, size_t n);
void *raw_memset(void *dst, int c, size_t n);
int raw_memcmp(const void *a, const void *b, size_t n);
void *raw_memchr(const void *s, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);

void *memcpy(void *dst, const void *src, size_t n)
{
	kasan_check((unsigned long)src, n, false, __RETURN_ADDRESS);
	kasan_check((unsigned long)dst, n, true, __RETURN_ADDRESS);
	return raw_memcpy(dst, src, n);
}

void *memmove(void *dst, const void *src, size_t n)
{
	kasan_check((unsigned long)src, n, false, __RETURN_ADDRESS);
	kasan_check((unsigned long)dst, n, true, __RETURN_ADDRESS);
	return raw_memmove(dst, src, n);
}

void *memset(void *dst, int c, size_t n)
{
	kasan_check((unsigned long)dst, n, true, __RETURN_ADDRESS);
	return raw_memset(dst, c, n);
}

int memcmp(const void *a, const void *b, size_t n)
{
	kasan_check((unsigned long)a, n, false, __RETURN_ADDRESS);
	kasan_check((unsigned long)b, n, false, __RETURN_ADDRESS);
	return raw_memcmp(a, b, n);
}

void *memchr(const void *s, int c, size_t n)
{
	return raw_memchr(s, c, n); // not checked: it stops where it finds c
}

// ---- Start-up -------------------------------------------------------------------------------------

// Allocates the shadow of [va, va+size) and maps it, except its first `skip` bytes, which are mapped.
static void make_shadow(unsigned long va, unsigned long size, unsigned long skip)
{
	const unsigned long bytes = ALIGN(size / KASAN_GRANULE, PAGE_SIZE);
	// Aligned like the shadow's addresses, so that large pages can map it.
	const phys_addr_t pa = memblock_phys_alloc(bytes, SZ_4M, "KASAN shadow");

	if (pa == 0)
		panic("kasan_init: no %lu kB for the shadow: SAN=kasan needs more RAM",
		      bytes / SZ_1K);
	if (skip < bytes && pt_map(kernel_root, (unsigned long)kasan_shadow((void *)va) + skip,
				   pa + skip, bytes - skip, PAGE_KERNEL, early_pt_alloc) != 0)
		panic("kasan_init: the shadow cannot be mapped");
}

// Each file with globals has a constructor that passes them to __asan_register_globals().
static void call_constructors(void)
{
	for (void (*const *ctor)(void) = __ctors_start; ctor < __ctors_end; ctor++)
		(*ctor)();
}

void kasan_init(void)
{
	const unsigned long lowmem = memblock_lowmem_end() - PHYS_OFFSET;

	make_shadow(PAGE_OFFSET, lowmem, KASAN_IMAGE_SHADOW_SIZE);
	make_shadow(KASAN_SHADOW_END, 0 - KASAN_SHADOW_END, 0);
	kasan.lowmem = lowmem;
	kasan.on = true;
	kasan_poison((void *)KASAN_SHADOW_END, VMALLOC_END - KASAN_SHADOW_END,
		     KASAN_VMALLOC_INVALID);
	call_constructors();
	pr_info("KASAN: on; a byte of shadow for %lu bytes, offset %08lx\n", KASAN_GRANULE,
		KASAN_SHADOW_OFFSET);
}

void kasan_poison_free_memory(void)
{
	phys_addr_t start, end;

	for (u64 pos = 0; memblock_next_free(&pos, &start, &end);) {
		end = min(end, memblock_lowmem_end());
		if (start < end)
			kasan_poison(__va((unsigned long)start), end - start, KASAN_PAGE_FREE);
	}
}
