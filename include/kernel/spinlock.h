// SPDX-License-Identifier: MIT
// Spinlocks: mutual exclusion between CPUs, and with interrupt handlers where irqsave is used.
//
// With one CPU, masking interrupts is enough. Debug builds still record the holder, so a double lock, or
// an unlock of a free lock, is a BUG today and not only with a second CPU.
#pragma once

#include <arch/cpu.h>
#include <kernel/panic.h>

#if CONFIG_DEBUG
// Number of spinlocks held; a thread that holds one must not sleep.
extern unsigned int spinlocks_taken;
#endif

struct spinlock {
#if CONFIG_DEBUG
	unsigned long owner; // the code that acquired it; 0: free
#endif
};

static inline void spin_lock(struct spinlock *lock)
{
#if CONFIG_DEBUG
	BUG_ON(lock->owner != 0);
	lock->owner = __RETURN_ADDRESS;
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
