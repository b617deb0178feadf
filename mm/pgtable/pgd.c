// SPDX-License-Identifier: MIT
// Roots of address spaces, and the one that is loaded.
//
// Owns: the list of roots. Rules: the kernel's entries of a root are copies of kernel_root's. Only this
// file writes them.
// Linux: arch/arm/mm/pgd.c, arch/x86/mm/pgtable.c (pgd_list), switch_mm() in arch/*/mm.

#include <kernel/context.h>
#include <kernel/oops.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <lib/list.h>
#include <mm/addr.h>
#include <mm/page.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/tlb.h>

struct pgd_counters pgd_counters;

struct pgd {
	struct list_head list;
	pte_t *root; // [I]
};

// Locks: [p] pgds.lock
static struct {
	struct spinlock lock;
	struct list_head list; // [p]
	pte_t *current;        // of this CPU
} pgds = { .list = LIST_HEAD_INIT(pgds.list), .current = kernel_root };

// The kernel's entries of a root.
#define KERNEL_FIRST pt_index(0, PAGE_OFFSET)
#define ROOT_ENTRIES BIT(pt_levels[0].bits)

// ---- The kernel's half ----------------------------------------------------------------------------

static unsigned long sync_root(pte_t *root)
{
	unsigned long changed = 0;

	for (unsigned long i = KERNEL_FIRST; i < ROOT_ENTRIES; i++) {
		if (root[i] == kernel_root[i])
			continue;
		pt_replace(&root[i], kernel_root[i]);
		changed++;
	}
	return changed;
}

unsigned long pgd_sync_kernel(void)
{
	unsigned long flags = spin_lock_irqsave(&pgds.lock), changed = 0;
	const struct pgd *pgd;

	list_for_each_entry (pgd, &pgds.list, list)
		changed += sync_root(pgd->root);
	spin_unlock_irqrestore(&pgds.lock, flags);
	return changed;
}

// ---- Alloc and free -------------------------------------------------------------------------------

pte_t *pgd_alloc(void)
{
	struct pgd *pgd = kmalloc(sizeof(*pgd), GFP_KERNEL);
	// kzalloc() aligns it to its size, as the CPU requires.
	pte_t *root = kzalloc(pt_table_size(0), GFP_KERNEL);
	unsigned long flags;

	if (!pgd || !root) {
		kfree(pgd);
		kfree(root);
		return NULL;
	}
	pgd->root = root;
	flags = spin_lock_irqsave(&pgds.lock);
	for (unsigned long i = KERNEL_FIRST; i < ROOT_ENTRIES; i++)
		pte_store(&root[i], kernel_root[i]);
	pte_sync();
	list_add(&pgd->list, &pgds.list);
	pgd_counters.roots++;
	spin_unlock_irqrestore(&pgds.lock, flags);
	return root;
}

// Removes the root from the list. NULL: it is not in it.
static struct pgd *remove_pgd(const pte_t *root)
{
	unsigned long flags = spin_lock_irqsave(&pgds.lock);
	struct pgd *pgd, *found = NULL;

	list_for_each_entry (pgd, &pgds.list, list)
		if (pgd->root == root)
			found = pgd;
	if (found) {
		list_del(&found->list);
		pgd_counters.roots--;
	}
	spin_unlock_irqrestore(&pgds.lock, flags);
	return found;
}

static void report_pgd_misuse(const char *function, const pte_t *root, const char *what,
			      unsigned long caller)
{
	pgd_counters.mistakes++;
	pr_err("BUG: %s(%px) by %pS: %s\n", function, root, (void *)caller, what);
	dump_stack(NULL);
}

void pgd_free(pte_t *root)
{
	struct pgd *pgd;

	if (!root)
		return;
	if (root == pgds.current) {
		report_pgd_misuse(__func__, root, "this root is loaded", __RETURN_ADDRESS);
		return;
	}
	pgd = remove_pgd(root);
	if (!pgd) {
		report_pgd_misuse(__func__, root, "no root that pgd_alloc() gave",
				  __RETURN_ADDRESS);
		return;
	}
	// The root is not loaded, so no CPU walks its lower half.
	pt_free_tables(root, 0, TASK_SIZE - 1, page_table_free, NULL);
	kfree(root);
	kfree(pgd);
}

// ---- Switching ------------------------------------------------------------------------------------

void pgd_load(pte_t *root)
{
	unsigned long flags = local_irq_save();

	mmu_load_root(__pa(root));
	pgds.current = root;
	pgd_counters.loads++;
	local_irq_restore(flags);
}

pte_t *pgd_current(void)
{
	return pgds.current;
}

// ---- Figures --------------------------------------------------------------------------------------

static unsigned long pgd_range_bytes(const pte_t *root, unsigned long start, unsigned long end)
{
	struct pt_count count = { 0 };
	unsigned long bytes = 0;

	pt_count(root, start, end, &count);
	for (int level = 0; level < PT_LEVELS; level++)
		bytes += count.tables[level] * pt_table_size(level);
	return bytes;
}

unsigned long pgd_table_bytes(void)
{
	unsigned long flags = spin_lock_irqsave(&pgds.lock);
	unsigned long bytes = pgd_range_bytes(kernel_root, 0, ~0UL);
	const struct pgd *pgd;

	list_for_each_entry (pgd, &pgds.list, list)
		bytes += pgd_range_bytes(pgd->root, 0, TASK_SIZE - 1);
	spin_unlock_irqrestore(&pgds.lock, flags);
	return bytes;
}
