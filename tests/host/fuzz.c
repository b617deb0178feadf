// SPDX-License-Identifier: MIT
// libFuzzer on the host: hands inputs to the target that is linked with it.
// Usage: fuzz_NAME [libFuzzer's arguments], or fuzz_NAME FILE to see what one input does

#include <arch/host/os.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <lib/util.h>

#include "fuzz.h"

// libFuzzer's entry where a program has a main() of its own.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const u8 *data, size_t size));

// The libc's: its headers and ours do not meet.
void *malloc(size_t n);
void free(void *p);

int host_main(int argc, char **argv);

static struct {
	const u8 *data;
	size_t size;
} input;

bool fuzz_more(void)
{
	return input.size > 0;
}

u8 fuzz_u8(void)
{
	if (input.size == 0)
		return 0;
	input.size--;
	return *input.data++;
}

u32 fuzz_u32(void)
{
	u32 n = 0;

	for (int i = 0; i < 4; i++)
		n = n << 8 | fuzz_u8();
	return n;
}

u64 fuzz_u64(void)
{
	const u64 high = fuzz_u32();

	return high << 32 | fuzz_u32();
}

u32 fuzz_below(u32 n)
{
	return (n <= 256 ? fuzz_u8() : fuzz_u32()) % n;
}

const void *fuzz_rest(size_t *size)
{
	*size = input.size;
	input.size = 0;
	return input.data;
}

void *fuzz_alloc(size_t n)
{
	void *p = malloc(n);

	BUG_ON(!p);
	return p;
}

void fuzz_free(void *p)
{
	free(p);
}

static int one(const u8 *data, size_t size)
{
	input.data = data;
	input.size = size;
	fuzz_one();
	return 0;
}

int host_main(int argc, char **argv)
{
	// Faults fill the TLB: libFuzzer may not take them for crashes. A panic aborts, which it sees.
	// Names of functions would come from another process (see arch/host/os_start.c).
	static char *own[] = { "-handle_segv=0", "-handle_bus=0", "-rss_limit_mb=0",
			       "-print_funcs=0" };
	static char *args[64];
	char **list = args;
	int n = 0;

	if (argc + ARRAY_SIZE(own) >= ARRAY_SIZE(args))
		return 1;
	for (int i = 0; i < argc; i++)
		args[n++] = argv[i];
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		args[n++] = own[i];
	os_abort_on_failure();
	fuzz_start();
	// What the kernel has to say of an input is said when that input is all that is run.
	if (argc < 2 || argv[1][0] == '-')
		console_loglevel = 0;
	return LLVMFuzzerRunDriver(&n, &list, one);
}
