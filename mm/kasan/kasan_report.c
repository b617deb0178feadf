// SPDX-License-Identifier: MIT
// KASAN's reports: the access, the memory there, who allocated and freed it, and the shadow around it.
//
// Owns: the list of global variables. Rules: this file is not instrumented. A report reads only memory
// that it has checked, because the pointer is wrong.
// Linux: mm/kasan/report.c, report_generic.c.

#include <kernel/printk.h>
#include <kernel/sanitizer.h>
#include <kernel/thread_info.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/kasan.h>
#include <mm/layout.h>
#include <mm/page_debug.h>

#include "../slab/slab.h"

// ---- Global variables -----------------------------------------------------------------------------

// Defined by the compiler: a variable and the poisoned bytes after it.
struct kasan_global {
	const char *start;
	size_t size, size_with_redzone;
	const char *name, *file;
	unsigned long unused[3];
};

#define FILES_MAX 512 // tunable: C files with global variables

static struct {
	const struct kasan_global *first;
	size_t count;
} globals[FILES_MAX];
static unsigned int files;

void __asan_register_globals(const struct kasan_global *first, size_t count);
void __asan_register_globals(const struct kasan_global *first, size_t count)
{
	if (files < FILES_MAX) {
		globals[files].first = first;
		globals[files++].count = count;
	}
	for (const struct kasan_global *g = first; g < first + count; g++)
		kasan_poison_tail(g->start, g->size, g->size_with_redzone, KASAN_GLOBAL_REDZONE);
}

void __asan_unregister_globals(const struct kasan_global *first, size_t count);
void __asan_unregister_globals(const struct kasan_global *first, size_t count)
{
}

static const struct kasan_global *find_global(unsigned long addr)
{
	for (unsigned int f = 0; f < files; f++) {
		const struct kasan_global *g = globals[f].first;

		for (; g < globals[f].first + globals[f].count; g++)
			if (addr - (unsigned long)g->start < g->size_with_redzone)
				return g;
	}
	return NULL;
}

// ---- The memory there -----------------------------------------------------------------------------

static const char *bug_type(unsigned long bad)
{
	const u8 *shadow = kasan_shadow((void *)bad);

	// A partly valid granule does not give the reason; the next one may.
	if (*shadow < KASAN_GRANULE)
		shadow++;
	switch (*shadow) {
	case KASAN_SLAB_FREE: return "slab-use-after-free";
	case KASAN_PAGE_FREE: return "use-after-free";
	case KASAN_STACK_LEFT:
	case KASAN_STACK_MID:
	case KASAN_STACK_RIGHT: return "stack-out-of-bounds";
	case KASAN_GLOBAL_REDZONE: return "global-out-of-bounds";
	case KASAN_VMALLOC_INVALID: return "vmalloc-out-of-bounds";
	default: return "slab-out-of-bounds";
	}
}

// Prints, for example, "3 bytes after" the 115 bytes that start at `start`.
static void show_distance(unsigned long bad, unsigned long start, size_t size, const char *what)
{
	if (bad < start)
		pr_err("  which is %lu bytes before the %zu bytes of %s\n", start - bad, size,
		       what);
	else if (bad - start < size)
		pr_err("  which is byte %lu of the %zu bytes of %s\n", bad - start, size, what);
	else
		pr_err("  which is %lu bytes after the %zu bytes of %s\n", bad - start - size, size,
		       what);
}

static void show_slab_object(unsigned long bad, struct page *head)
{
	struct kmem_cache *s = head->slab_cache;
	char *first = slab_objects(s, head);
	// The left red zone belongs to the object after it.
	const unsigned long index = (bad - ((unsigned long)first - s->red_left)) / s->size;
	char *object = first + min(index, (unsigned long)head->objects - 1) * s->size;

	show_distance(bad, (unsigned long)object, slab_owned_size(s, object), "an object");
	slab_show_object(s, head, object);
}

static void show_memory(unsigned long bad)
{
	const struct kasan_global *g = find_global(bad);
	char area[ADDRESS_WORDS];

	address_describe(bad, area, sizeof(area));
	pr_err("The address %08lx belongs to: %s\n", bad, area);
	if (g) {
		show_distance(bad, (unsigned long)g->start, g->size, g->name);
		pr_err("  defined in %s\n", g->file);
	} else if (virt_addr_valid((void *)bad) && PageSlab(virt_to_page((void *)bad))) {
		show_slab_object(bad, virt_to_page((void *)bad)->head);
	} else if (virt_addr_valid((void *)bad)) {
		page_owner_show(virt_to_page((void *)bad));
	}
}

#define ROW_BYTES 16 // of shadow

// Prints a line of the shadow: "> c0001200: 00 00 03 fc ...".
static void show_shadow_row(unsigned long row, unsigned long bad)
{
	const unsigned long span = ROW_BYTES * KASAN_GRANULE;
	char line[80];
	int len = scnprintf(line, sizeof(line), "%c%08lx:", bad - row < span ? '>' : ' ', row);

	for (unsigned long p = row; p < row + span; p += KASAN_GRANULE)
		len += scnprintf(line + len, sizeof(line) - len, "%c%02x",
				 bad - p < KASAN_GRANULE ? '[' : ' ', *kasan_shadow((void *)p));
	pr_err("%s\n", line);
}

static void show_shadow(unsigned long bad)
{
	const unsigned long span = ROW_BYTES * KASAN_GRANULE, row = bad & ~(span - 1);

	pr_err("Memory state around the address, a byte for each 8 bytes:\n");
	for (int i = -2; i <= 2; i++)
		// Only the same page of the shadow is certain to be mapped.
		if (((unsigned long)kasan_shadow((void *)(row + i * span)) & PAGE_MASK) ==
		    ((unsigned long)kasan_shadow((void *)row) & PAGE_MASK))
			show_shadow_row(row + i * span, bad);
}

// ---- Reports --------------------------------------------------------------------------------------

void kasan_report(unsigned long addr, unsigned long bad, size_t size, bool write,
		  unsigned long site)
{
	const struct thread_info *info = current_thread_info();
	const char *type = bug_type(bad);

	if (!sanitizer_begin())
		return;
	pr_err("BUG: KASAN: %s in %pS\n", type, (void *)site);
	pr_err("%s of size %zu at addr %08lx by task %s/%d\n", write ? "Write" : "Read", size, addr,
	       info->comm, info->pid);
	show_memory(bad);
	show_shadow(bad);
	sanitizer_end("KASAN: %s in %pS", type, (void *)site);
}

void kasan_report_free(const void *object, unsigned long site)
{
	if (!sanitizer_begin())
		return;
	pr_err("BUG: KASAN: double-free or invalid-free in %pS\n", (void *)site);
	show_memory((unsigned long)object);
	show_shadow((unsigned long)object);
	sanitizer_end("KASAN: double-free or invalid-free in %pS", (void *)site);
}
