// SPDX-License-Identifier: MIT
// Signals: faults, accesses that may fault, and ticks.
//
// Owns: where a copy goes on that faults.
// Rules: what handlers call is async-signal-safe.

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

#undef __always_inline // ours is the same
#include "os.h"

// ---- Faults ----

// Where to go on when the copy faults; NULL: none runs.
static sigjmp_buf *volatile nofault;

__attribute__((no_sanitize("address", "undefined"))) static void copy_bytes(
	volatile char *to, const volatile char *from, size_t n)
{
	// A word at once where it is one, as a CPU would.
	if (n == sizeof(int))
		*(volatile int *)to = *(const volatile int *)from;
	else
		while (n-- > 0)
			*to++ = *from++;
}

bool os_copy_nofault(void *to, const void *from, size_t n)
{
	void *volatile const dst = to;
	const void *volatile const src = from;
	sigjmp_buf env;

	if (sigsetjmp(env, 1) != 0) {
		nofault = NULL;
		return false;
	}
	nofault = &env;
	copy_bytes(dst, src, n);
	nofault = NULL;
	return true;
}

bool os_in_nofault(void)
{
	return nofault != NULL;
}

void os_leave_nofault(void)
{
	siglongjmp(*nofault, 1);
}

// qemu-i386 calls a handler on a stack that is not aligned as the ABI says.
#define HANDLER __attribute__((force_align_arg_pointer))

#define PF_WRITE 0x02
#define PF_INSTR 0x10

static HANDLER void on_fault(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const unsigned long address = (unsigned long)info->si_addr;
	const unsigned long pc = (unsigned long)regs[REG_EIP];
	const int saved_errno = errno;

	// qemu-i386 does not set PF_INSTR.
	host_fault(address, regs[REG_ERR] & PF_WRITE, regs[REG_ERR] & PF_INSTR || address == pc, pc,
		   (unsigned long)regs[REG_ESP], (unsigned long)regs[REG_EBP]);
	errno = saved_errno;
}

void os_catch_faults(void *stack, void *top)
{
	const stack_t alt = { .ss_sp = stack, .ss_size = (size_t)((char *)top - (char *)stack) };
	struct sigaction action = { .sa_sigaction = on_fault,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	sigaddset(&action.sa_mask, SIGALRM);
	if (sigaltstack(&alt, NULL) != 0 || sigaction(SIGSEGV, &action, NULL) != 0 ||
	    sigaction(SIGBUS, &action, NULL) != 0)
		os_die("catching faults");
}

// ---- Ticks ----

static HANDLER void on_tick(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const int saved_errno = errno;

	host_tick((unsigned long)regs[REG_EIP], (unsigned long)regs[REG_ESP],
		  (unsigned long)regs[REG_EBP]);
	errno = saved_errno;
}

static void mask_ticks(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(how, &set, NULL);
}

void os_start_ticks(unsigned int hz)
{
	const struct itimerval period = { { 0, 1000000 / (int)hz }, { 0, 1000000 / (int)hz } };
	struct sigaction action = { .sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART };

	if (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &period, NULL) != 0)
		os_die("starting the ticks");
	mask_ticks(SIG_UNBLOCK);
}

void os_block_ticks(void)
{
	mask_ticks(SIG_BLOCK);
}

void os_unblock_ticks(void)
{
	mask_ticks(SIG_UNBLOCK);
}

void os_wait_tick(void)
{
	sigset_t set;

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	sigdelset(&set, SIGALRM);
	sigsuspend(&set);
}
