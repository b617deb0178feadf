// SPDX-License-Identifier: MIT
// From the system's start of the program to the kernel's: the address space as the layout wants it, and
// a thread on a stack of the kernel's.

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#undef __always_inline // ours is the same
#include <arch/layout.h>
#include <lib/util.h>

#include "os.h"

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
	os_die("starting again");
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

	// An emulator's stack lies below the kernel's addresses.
	if ((unsigned long)__builtin_frame_address(0) < PAGE_OFFSET)
		host_start(argc, argv);
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
		os_die("keeping the heap out of RAM");
	// Ticks are for the new thread alone.
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, stack, (size_t)((char *)top - (char *)stack));
	errno = pthread_create(&thread, &attr, start_thread, &s);
	if (errno != 0)
		os_die("starting a thread");
	for (;;)
		pause();
}
