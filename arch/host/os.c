// SPDX-License-Identifier: MIT
// The system this program runs on: output, the end, time, chance, and the program once more.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#undef __always_inline // ours is the same
#include "os.h"

void os_die(const char *what)
{
	fprintf(stderr, "host: %s: %s\n", what, strerror(errno));
	_exit(1);
}

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
		os_die("random numbers");
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

// The program once more, as a child whose output goes to `output`.
struct child {
	const char *const *argv;
	int output, error;
	pid_t pid;
};

#define ARGS_MAX    8
#define SPAWN_STACK (64 * 1024)

// As the program itself was started: by an emulator, where the Makefile names one.
static void spawn(struct child *child, posix_spawn_file_actions_t *actions)
{
	char *const emulator = getenv("K896_HOST_RUN");
	char self[PATH_MAX], *args[ARGS_MAX + 3] = { emulator, self };
	ssize_t length;

	if (!emulator) {
		child->error = posix_spawn(&child->pid, "/proc/self/exe", actions, NULL,
					   (char *const *)child->argv, environ);
		return;
	}
	length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (length < 0)
		os_die("the program's name");
	self[length] = '\0';
	for (int i = 1; i < ARGS_MAX && child->argv[i]; i++)
		args[i + 1] = (char *)child->argv[i];
	child->error = posix_spawnp(&child->pid, emulator, actions, NULL, args, environ);
}

static void spawn_to_output(void *arg)
{
	struct child *child = arg;
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, child->output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, child->output, STDERR_FILENO);
	spawn(child, &actions);
	posix_spawn_file_actions_destroy(&actions);
}

// On a stack that is no RAM: an emulator's posix_spawn() is a fork(), and parent and child share RAM.
static pid_t start_child(const char *const argv[], int output)
{
	struct child child = { .argv = argv, .output = output };
	void *const stack =
		mmap(NULL, SPAWN_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (stack == MAP_FAILED)
		os_die("a stack");
	os_block_ticks(); // they need a stack of the kernel's
	call_on_stack(spawn_to_output, &child, (char *)stack + SPAWN_STACK);
	os_unblock_ticks();
	munmap(stack, SPAWN_STACK);
	errno = child.error;
	if (errno != 0)
		os_die("starting the program");
	return child.pid;
}

int os_run_self(const char *const argv[], char *buf, size_t size)
{
	int fds[2], status;
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) != 0)
		os_die("pipe");
	child = start_child(argv, fds[1]);
	close(fds[1]);
	read_all(fds[0], buf, size);
	close(fds[0]);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			os_die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}
