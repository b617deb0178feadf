// SPDX-License-Identifier: MIT
// Crashing on purpose: each kind has a function named after it, which the oops must name.
//
// Linux: drivers/misc/lkdtm.

#include <arch/io.h>
#include <arch/trap.h>
#include <kernel/crash.h>
#include <kernel/mutex.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/sections.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/highmem.h>
#include <mm/ioremap.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

static __noinline void crash_null(void)
{
	volatile int *p = HIDE((int *)0);

	(void)*p;
}

static __noinline void crash_undefined(void)
{
	__builtin_trap();
}

static __noinline void crash_text(void)
{
	volatile char *p = HIDE((char *)crash_text);

	*p = 0;
}

static __noinline void just_return(void)
{
	barrier();
}

static const char *no_nx(void)
{
	return pt_has_noexec ? NULL : "pages that cannot be executed (NX)";
}

// Executes data: a copy of just_return().
static __noinline void crash_exec(void)
{
	static u32 crash_data[8];
	void (*fn)(void) = HIDE((void (*)(void))(unsigned long)crash_data);

	memcpy(crash_data, (const void *)(unsigned long)HIDE(&just_return), sizeof(crash_data));
	fn();
	barrier(); // so that fn() is a call, not a jump: the backtrace must name this function
}

static __noinline int crash_stack(int depth)
{
	volatile char frame[128];

	if (HIDE(depth) < 0) // never true; the compiler would warn about endless recursion
		return 0;
	frame[depth % 128] = (char)depth;
	return crash_stack(depth + 1) + frame[(depth + 1) % 128];
}

static __noinline void crash_stack_start(void)
{
	crash_stack(0);
}

// Accesses the guard page of an area (crash_vfree: a freed area). The oops names the area's caller.
static __noinline void crash_vmalloc(void)
{
	volatile char *p = vmalloc(2 * PAGE_SIZE);

	p[2 * PAGE_SIZE] = 0;
}

static __noinline void crash_vfree(void)
{
	volatile char *p = vmalloc(2 * PAGE_SIZE);

	vfree((char *)p);
	(void)p[PAGE_SIZE];
}

static const char *no_highmem(void)
{
	return populated_zone(&zones[ZONE_HIGHMEM]) ? NULL : "highmem (RAM above lowmem)";
}

static struct page *high_page(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	if (!page || !PageHighMem(page))
		panic("crash: no page of highmem is left");
	return page;
}

static __noinline void crash_kmap(void)
{
	struct page *page = high_page();
	volatile char *p = kmap(page);

	kunmap(page);
	kmap_flush();
	(void)p[5];
}

static __noinline void crash_kmap_local(void)
{
	volatile char *p = kmap_local_page(high_page());

	kunmap_local((const void *)p);
	p[5] = 0;
}

static __noinline void crash_kmap_local_full(void)
{
	for (;;)
		kmap_local_page(high_page());
}

static int crash_thread_stack(void *arg)
{
	crash_stack(0);
	return 0;
}

static __noinline void crash_thread(void)
{
	struct thread *t = thread_create(crash_thread_stack, NULL, THREAD_PRIORITY, "victim");

	if (!IS_ERR(t) && thread_join(t, NULL) == 0)
		pr_info("crash thread: it has ended\n");
}

static DEFINE_MUTEX(left);
static DEFINE_MUTEX(right);

static int lock_right_then_left(void *arg)
{
	mutex_lock(&right);
	mutex_lock(&left);
	return 0;
}

static __noinline void crash_deadlock(void)
{
	mutex_lock(&left);
	if (IS_ERR(thread_create(lock_right_then_left, NULL, THREAD_PRIORITY, "crosswise")))
		return;
	yield();
	mutex_lock(&right);
}

// The physical page below RAM: a device, or, if RAM starts at 0, the firmware at the end of 4 GB.
static __noinline void crash_iounmap(void)
{
	void __iomem *registers = ioremap((u32)(PHYS_OFFSET - PAGE_SIZE), PAGE_SIZE);

	iounmap(registers);
	readl(registers);
}

static __noinline void crash_zero(void)
{
	volatile char *p = kmalloc(HIDE(0), GFP_KERNEL);

	*p = 0;
}

static __noinline void crash_assert(void)
{
	BUG_ON(HIDE(2) + 2 != 5);
}

static const struct crash_kind kinds[] = {
	{ "null", "read through a NULL pointer", crash_null },
	{ "undefined", "execute an undefined instruction", crash_undefined },
	{ "text", "write to the kernel's code", crash_text },
	{ "exec", "execute data", crash_exec },
	{ "stack", "overflow the kernel stack", crash_stack_start },
	{ "vmalloc", "write behind the end of a vmalloc area", crash_vmalloc },
	{ "vfree", "read a vmalloc area that was freed", crash_vfree },
	{ "zero", "write through what kmalloc(0) returns", crash_zero },
	{ "kmap", "read a page of highmem after kunmap() and kmap_flush()", crash_kmap },
	{ "kmap_local", "write to a page of highmem after kunmap_local()", crash_kmap_local },
	{ "kmap_local_full", "map pages by kmap_local_page() and keep them",
	  crash_kmap_local_full },
	{ "thread", "overflow the stack of a thread", crash_thread },
	{ "deadlock", "let two threads wait for each other", crash_deadlock },
	{ "iounmap", "read a device's register after iounmap", crash_iounmap },
	{ "assert", "run into a BUG_ON", crash_assert },
	{ NULL, NULL, NULL },
};

// Kinds that not every machine can run.
static const struct {
	void (*crash)(void);
	const char *(*missing)(void); // in words; NULL: nothing is missing
} needs[] = {
	{ crash_exec, no_nx },
	{ crash_kmap, no_highmem },
	{ crash_kmap_local, no_highmem },
	{ crash_kmap_local_full, no_highmem },
};

static const char *missing(const struct crash_kind *k)
{
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (needs[i].crash == k->crash)
			return needs[i].missing();
	return NULL;
}

static const struct crash_kind *find_crash(const struct crash_kind *k, const char *name)
{
	for (; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

const char *crash_kind_name(unsigned int n)
{
	const unsigned int generic = ARRAY_SIZE(kinds) - 1;

	return n < generic ? kinds[n].name : arch_crash_kinds[n - generic].name;
}

static void list_crashes(const struct crash_kind *k)
{
	for (; k->name; k++)
		cprintf("  %-15s %s\n", k->name, k->what);
}

// Returns only if the machine lacks what this kind needs.
static void run_kind(const struct crash_kind *k)
{
	const char *lacks = missing(k);

	if (lacks) {
		cprintf("crash %s: this machine lacks what it needs: %s\n", k->name, lacks);
		return;
	}
	pr_info("crash: %s: %s\n", k->name, k->what);
	k->crash();
	panic("crash %s: nothing stopped it", k->name);
}

void crash(const char *kind)
{
	const struct crash_kind *k = find_crash(kinds, kind);

	if (!k)
		k = find_crash(arch_crash_kinds, kind);
	if (k) {
		run_kind(k);
		return;
	}
	if (*kind)
		cprintf("crash: no kind \"%s\" on this machine; there are:\n", kind);
	else
		cprintf("crash KIND, where KIND is:\n");
	list_crashes(kinds);
	list_crashes(arch_crash_kinds);
}
