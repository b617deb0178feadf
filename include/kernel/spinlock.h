// SPDX-License-Identifier: MIT
// Spinlocks: mutual exclusion between CPUs, and with interrupt handlers where irqsave is used.
//
// With one CPU, masking interrupts is all there is to do. Debug builds still check the rules: no lock is
// taken twice or released while free, and a lock that interrupt handlers take is never held with
// interrupts on, where a handler would wait for the code that it interrupted.
#pragma once

#include <arch/cpu.h>
#include <kernel/irq.h>
#include <kernel/panic.h>

#if CONFIG_DEBUG
// Number of spinlocks held; a thread that holds one must not sleep.
extern unsigned int spinlocks_taken;
#endif

struct spinlock {
#if CONFIG_DEBUG
	unsigned long owner;  // where it was taken; 0: free
	bool in_irq, irqs_on; // it was once taken in an interrupt; with interrupts on
#endif
};

static inline void spin_lock(struct spinlock *lock)
{
#if CONFIG_DEBUG
	BUG_ON(lock->owner != 0);
	lock->owner = __RETURN_ADDRESS;
	lock->in_irq |= in_interrupt();
	lock->irqs_on |= !irqs_disabled();
	BUG_ON(lock->in_irq && lock->irqs_on); // the lock needs spin_lock_irqsave() everywhere
	spinlocks_taken++;
#endif
	barrier();
}

static inline void spin_unlock(struct spinlock *lock)
{
	barrier();
#if CONFIG_DEBUG
	BUG_ON(lock->owner == 0);
	lock->owner = 0;
	spinlocks_taken--;
#endif
}

// Returns the interrupt state for spin_unlock_irqrestore().
static inline unsigned long spin_lock_irqsave(struct spinlock *lock)
{
	unsigned long flags = local_irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, unsigned long flags)
{
	spin_unlock(lock);
	local_irq_restore(flags);
}

// Number of spinlocks held; always 0 in release builds, which do not count. Any context.
static inline unsigned int spinlocks_held(void)
{
#if CONFIG_DEBUG
	return READ_ONCE(spinlocks_taken);
#else
	return 0;
#endif
}

// A BUG in debug builds when the lock is free.
static inline void lockdep_assert_held(const struct spinlock *lock)
{
#if CONFIG_DEBUG
	BUG_ON(lock->owner == 0);
#endif
}
