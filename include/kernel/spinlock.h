// SPDX-License-Identifier: MIT
// Spinlocks: mutual exclusion between CPUs, and with interrupt handlers where irqsave is used.
//
// With one CPU, masking interrupts is all there is to do; debug builds still note who holds a lock,
// so that a second lock() of the same lock, or an unlock by nobody, is caught today and not with
// the second CPU.
#pragma once

#include <arch/cpu.h>
#include <kernel/panic.h>

#if CONFIG_DEBUG
// How many are held; a thread that holds one must not sleep.
extern unsigned int spinlocks_taken;
#endif

struct spinlock {
#if CONFIG_DEBUG
	unsigned long owner; // where it was taken; 0: free
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

// Returns the interrupt state to be handed back to spin_unlock_irqrestore().
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

// How many spinlocks are held, as far as is known: none in release builds. Any context.
static inline unsigned int spinlocks_held(void)
{
#if CONFIG_DEBUG
	return READ_ONCE(spinlocks_taken);
#else
	return 0;
#endif
}

// Fails in debug builds when the caller does not hold the lock.
static inline void lockdep_assert_held(const struct spinlock *lock)
{
#if CONFIG_DEBUG
	BUG_ON(lock->owner == 0);
#endif
}
