// SPDX-License-Identifier: MIT
// Fault injection: makes allocations fail on purpose.
//
// Owns: the attributes and the armed n-th failure. Locks: [i] interrupts masked.
// Linux: lib/fault-inject.c, mm/failslab.c, mm/fail_page_alloc.c; fail-nth is its /proc/self/fail-nth.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/fault_inject.h>
#include <mm/gfp.h>
#include <mm/slab.h>

#include "../vmalloc/vmalloc.h"

struct fault_attr failslab = { .interval = 1, .times = -1 };
struct fault_attr fail_page_alloc = { .interval = 1, .times = -1 };

static struct {
	bool armed, done;     // [i]
	bool booting;         // [i] armed by fail_nth=
	unsigned int nth;     // [i] fail this one; 0: only count
	unsigned int counted; // [i] allocations since it was armed
	u32 random;           // [i] state of a xorshift generator: the same run fails the same way
} inject = { .random = 0x896896 };

bool fault_injection_active(void)
{
	return inject.armed || failslab.probability || fail_page_alloc.probability;
}

static u32 inject_random_u32(void)
{
	inject.random ^= inject.random << 13;
	inject.random ^= inject.random >> 17;
	inject.random ^= inject.random << 5;
	return inject.random;
}

static bool attr_says_fail(struct fault_attr *attr)
{
	if (attr->probability == 0 || attr->times == 0)
		return false;
	if (attr->space > 0) {
		attr->space--;
		return false;
	}
	if (++attr->count % attr->interval != 0)
		return false;
	if (inject_random_u32() % 100 >= attr->probability)
		return false;
	if (attr->times > 0)
		attr->times--;
	return true;
}

// what: the allocator that calls, for the log.
static bool nth_says_fail(const char *what)
{
	if (!inject.armed)
		return false;
	inject.counted++;
	if (inject.counted != inject.nth)
		return false;
	inject.done = true;
	if (inject.booting)
		pr_warn("fail_nth=%u: an allocation fails (%s)\n", inject.nth, what);
	return true;
}

static bool should_fail(struct fault_attr *attr, gfp_t gfp, const char *what)
{
	unsigned long flags;
	bool fail;

	if (!fault_injection_active() || (gfp & __GFP_NOFAIL))
		return false;
	flags = local_irq_save();
	fail = nth_says_fail(what) || attr_says_fail(attr);
	local_irq_restore(flags);
	return fail;
}

bool should_failslab(gfp_t gfp)
{
	return should_fail(&failslab, gfp, "slab");
}

bool should_fail_page_alloc(gfp_t gfp)
{
	return should_fail(&fail_page_alloc, gfp, "pages");
}

bool should_fail_memblock(const char *name)
{
	return inject.booting && nth_says_fail(name);
}

// Allocations from the per-CPU lists are not checked, so these lists are kept empty while fault
// injection is active. (Slabs do this themselves.)
static void switched(void)
{
	if (!mem_map)
		return;
	zone_pcp_setup();
	vm_area_keep_spare(!fault_injection_active());
	drain_all_pages();
	slab_drain();
}

void fail_nth(unsigned int n)
{
	inject.armed = n != 0;
	inject.nth = n;
	inject.done = false;
	inject.counted = 0;
	inject.booting = false;
	switched();
}

void fail_nth_boot(unsigned int n)
{
	fail_nth(n);
	inject.booting = true;
}

void fail_nth_boot_end(void)
{
	if (!inject.booting)
		return;
	if (!inject.done)
		pr_warn("fail_nth=%u: start-up made only %u allocations\n", inject.nth,
			inject.counted);
	fail_nth(0);
}

bool fail_nth_done(void)
{
	return inject.done;
}

unsigned int fail_nth_count(void)
{
	return inject.counted;
}

int fault_attr_parse(struct fault_attr *attr, const char *text)
{
	struct fault_attr new = { .interval = 1, .times = -1 };
	int *const fields[] = { (int *)&new.interval, (int *)&new.probability, (int *)&new.space,
				&new.times };
	const char *s = text;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const bool minus = *s == '-';
		int value = 0;

		s += minus;
		if (*s < '0' || *s > '9')
			return -EINVAL;
		while (*s >= '0' && *s <= '9' && value < 100000000)
			value = value * 10 + *s++ - '0';
		*fields[i] = minus ? -value : value;
		if (*s != (i + 1 < ARRAY_SIZE(fields) ? ',' : '\0'))
			return -EINVAL;
		s++;
	}
	if (new.interval == 0 || (s32) new.interval < 0 || new.probability > 100 ||
	    (s32) new.space < 0 || new.times < -1)
		return -EINVAL;
	*attr = new;
	switched();
	return 0;
}
