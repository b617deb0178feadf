// SPDX-License-Identifier: MIT
// The system this program runs on: the one file that includes a libc's headers.
//
// Owns: the file that is RAM. Rules: the calls that handlers of signals make are async-signal-safe.

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#undef __always_inline // ours is the same
#include <arch/layout.h>
#include <lib/util.h>

#include "os.h"

static struct {
	int ram;
	sigjmp_buf *nofault; // where to go on when the copy faults; NULL: none runs
} os = { .ram = -1 };

static __noreturn void die(const char *what)
{
	fprintf(stderr, "host: %s: %s\n", what, strerror(errno));
	_exit(1);
}

// Asked by AddressSanitizer. Leaks are ours to find: what lies in RAM is not what it knows. clang's
// would start a symbolizer by fork(), and both processes would go on on the same stack, which is RAM.
#ifdef __clang__
#define SYMBOLIZE ":symbolize=0"
#else
#define SYMBOLIZE ""
#endif
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_segv=0:handle_sigbus=0" SYMBOLIZE;
}

// ---- The address space ----

// What the program hands on when it starts itself again: less environment, less stack.
static const char *const kept[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "GCOV_PREFIX",
				    "GCOV_PREFIX_STRIP", "PATH" };

#define TRIES          64
#define TRIES_VARIABLE "K896_HOST_TRIES"

static __noreturn void start_again(char **argv, int tries)
{
	char number[32], *env[sizeof(kept) / sizeof(kept[0]) + 2];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = getenv(kept[i]);

		if (value && asprintf(&env[n], "%s=%s", kept[i], value) > 0)
			n++;
	}
	snprintf(number, sizeof(number), TRIES_VARIABLE "=%d", tries + 1);
	env[n++] = number;
	env[n] = NULL;
	execve("/proc/self/exe", argv, env);
	die("starting again");
}

// The system put our first stack near the top of the address space. What it does not use yet is taken
// from it (the kernel runs on a stack of its own); where it lies in a part of the fixmap, nothing helps.
#define STACK_SPACE (16 * PAGE_SIZE) // for what lies above: arguments and environment

static bool stack_out_of_the_way(void)
{
	const unsigned long sp = (unsigned long)__builtin_frame_address(0) & PAGE_MASK;
	const unsigned long keep = sp - 4 * PAGE_SIZE;

	if (keep - PAGE_SIZE < FIXADDR_END && (keep - PAGE_SIZE < FIXADDR_FDT + FIXADDR_FDT_SIZE ||
					       sp > 0 - FIXADDR_SLOTS_SIZE - STACK_SPACE))
		return false;
	// A page that cannot be used keeps the system from letting the stack grow down to an address
	// that the kernel touches.
	munmap((void *)(keep - SZ_1M), SZ_1M);
	return mmap((void *)(keep - PAGE_SIZE), PAGE_SIZE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

int main(int argc, char **argv)
{
	const char *text = getenv(TRIES_VARIABLE);
	const int tries = text ? atoi(text) : 0;

	// The same addresses in every run, where the system lets us; else until they suit.
	if (tries == 0) {
		personality(ADDR_NO_RANDOMIZE);
		start_again(argv, tries);
	}
	if (!stack_out_of_the_way()) {
		if (tries < TRIES)
			start_again(argv, tries);
		fprintf(stderr, "host: the stack lies where the fixmap belongs\n");
		return 1;
	}
	host_start(argc, argv);
}

// ---- RAM ----

void os_ram_create(u64 size)
{
	os.ram = memfd_create("k896 RAM", MFD_CLOEXEC);
	if (os.ram < 0 || ftruncate(os.ram, (off_t)size) != 0)
		die("RAM");
}

void os_ram_read(u64 offset, void *to, size_t n)
{
	if (pread(os.ram, to, n, (off_t)offset) != (ssize_t)n)
		die("reading RAM");
}

// The system calls themselves: what wraps them in a sanitizer changes its mind about the memory.
static void map_ram(unsigned long va, size_t size, u64 offset, int prot, int flags)
{
	if (syscall(SYS_mmap2, va, size, prot, MAP_SHARED | flags, os.ram,
		    (unsigned long)(offset >> PAGE_SHIFT)) != (long)va) {
		fprintf(stderr, "host: at %#lx\n", va);
		die("mapping RAM");
	}
}

void os_map_ram(unsigned long va, size_t size, u64 offset, bool write, bool exec)
{
	map_ram(va, size, offset, PROT_READ | (write ? PROT_WRITE : 0) | (exec ? PROT_EXEC : 0),
		MAP_FIXED_NOREPLACE);
}

void *os_take_memory(size_t size)
{
	// Far from where the libraries are and the kernel's addresses begin.
	void *const hint = (void *)0x60000000;
	void *const memory =
		mmap(hint, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (memory != hint)
		die("taking memory");
	return memory;
}

void os_unmap(unsigned long va, size_t size)
{
	if (syscall(SYS_munmap, va, size) != 0)
		die("unmapping RAM");
}

void os_move_to_ram(unsigned long va, size_t size, u64 offset, bool replace)
{
	// Between .data and .bss the linker may leave pages out: they are zero.
	for (size_t i = 0; i < size; i += PAGE_SIZE)
		if (syscall(SYS_pwrite64, os.ram, va + i, PAGE_SIZE, (unsigned long)(offset + i),
			    (unsigned long)((offset + i) >> 32)) != (long)PAGE_SIZE &&
		    errno != EFAULT)
			die("filling RAM");
	if (replace)
		map_ram(va, size, offset, PROT_READ | PROT_WRITE, MAP_FIXED);
}

// ---- Execution ----

struct start {
	int (*fn)(int argc, char **argv);
	int argc;
	char **argv;
	void *heap; // see os_run_on_stack()
};

static void *start_thread(void *arg)
{
	struct start *s = arg;

	munmap(s->heap, PAGE_SIZE);
	os_exit(s->fn(s->argc, s->argv));
}

void os_run_on_stack(int (*fn)(int argc, char **argv), int argc, char **argv, void *stack,
		     void *top)
{
	// The heap would grow behind the image, into RAM. While this page is taken it cannot, and malloc
	// asks for other memory; afterwards this thread does not call it again.
	void *const heap = (void *)(((unsigned long)sbrk(0) + PAGE_SIZE - 1) & PAGE_MASK);
	struct start s = { fn, argc, argv, heap };
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t set;

	if (mmap(heap, PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		 0) != heap)
		die("keeping the heap out of RAM");
	// Ticks are for the new thread alone.
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, (size_t)((char *)top - (char *)stack));
	errno = pthread_create(&thread, &attr, start_thread, &s);
	if (errno != 0)
		die("starting a thread");
	for (;;)
		pause();
}

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
		os.nofault = NULL;
		return false;
	}
	os.nofault = &env;
	copy_bytes(dst, src, n);
	os.nofault = NULL;
	return true;
}

bool os_in_nofault(void)
{
	return os.nofault != NULL;
}

void os_leave_nofault(void)
{
	siglongjmp(*os.nofault, 1);
}

#define PF_WRITE 0x02
#define PF_INSTR 0x10

static void on_fault(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const int saved_errno = errno;

	host_fault((unsigned long)info->si_addr, regs[REG_ERR] & PF_WRITE, regs[REG_ERR] & PF_INSTR,
		   (unsigned long)regs[REG_EIP], (unsigned long)regs[REG_ESP],
		   (unsigned long)regs[REG_EBP]);
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
		die("catching faults");
}

static void on_tick(int sig, siginfo_t *info, void *context)
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
		die("starting the ticks");
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

// ---- The rest ----

void os_write(const char *s, size_t n)
{
	while (n > 0) {
		const ssize_t done = write(STDOUT_FILENO, s, n);

		if (done < 0 && errno != EINTR)
			_exit(1);
		s += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
}

// Where coverage is measured (make coverage), what was counted is written now.
extern void __gcov_dump(void) __attribute__((weak));

static bool abort_on_failure;

void os_abort_on_failure(void)
{
	abort_on_failure = true;
}

// Not exit(): it may be a signal's handler that ends here, and locks may be held.
void os_exit(int status)
{
	if (__gcov_dump)
		__gcov_dump();
	if (status != 0 && abort_on_failure)
		abort();
	_exit(status);
}

u64 os_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

void os_random(void *to, size_t n)
{
	if (getrandom(to, n, 0) != (ssize_t)n)
		die("random numbers");
}

// What the child says, up to size - 1 bytes; the rest is read and forgotten.
static void read_all(int fd, char *buf, size_t size)
{
	size_t n = 0;
	char rest[512];

	for (;;) {
		const bool full = n + 1 >= size;
		const ssize_t got =
			full ? read(fd, rest, sizeof(rest)) : read(fd, buf + n, size - 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += full ? 0 : (size_t)got;
	}
	buf[n] = '\0';
}

// Not fork(): parent and child would share RAM, and with it the stack that both run on.
int os_run_self(const char *const argv[], char *buf, size_t size)
{
	posix_spawn_file_actions_t actions;
	int fds[2], status;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) != 0)
		die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDERR_FILENO);
	errno = posix_spawn(&child, "/proc/self/exe", &actions, NULL, (char *const *)argv, environ);
	if (errno != 0)
		die("starting the program");
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	read_all(fds[0], buf, size);
	close(fds[0]);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}
