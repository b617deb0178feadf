// SPDX-License-Identifier: MIT
// The PC's timers: the HPET by its registers, the PIT as a clock; each measured by another one.

#include <arch/cpu.h>
#include <arch/io.h>
#include <drivers/timer/hpet.h>
#include <drivers/timer/pit.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/time.h>
#include <lib/div64.h>
#include <lib/string.h>

SUITE("arch_x86_timer");

// ---- The HPET -------------------------------------------------------------------------------------

// Counter 2 of the PIT, which nobody else uses: its gate and its output are bits of port 0x61.
#define PIT_COUNTER2   0x42
#define PIT_CONTROL    0x43
#define ONE_SHOT2      0xb0 // counter 2, both bytes, mode 0: the output rises when it has counted down
#define SPEAKER        0x61
#define SPEAKER_GATE   0x01
#define SPEAKER_ON     0x02
#define SPEAKER_OUTPUT 0x20

#define WAIT_COUNTS (PIT_HZ / 100)

// What the HPET counts while the PIT counts WAIT_COUNTS.
static u64 hpet_counts(void)
{
	const unsigned long flags = local_irq_save();
	const u8 speaker = inb(SPEAKER);
	u64 start, counts;

	outb((speaker | SPEAKER_GATE) & (u8)~SPEAKER_ON, SPEAKER);
	outb(ONE_SHOT2, PIT_CONTROL);
	outb(WAIT_COUNTS & 0xff, PIT_COUNTER2);
	outb(WAIT_COUNTS >> 8, PIT_COUNTER2);
	start = hpet_read();
	while (!(inb(SPEAKER) & SPEAKER_OUTPUT))
		cpu_relax();
	counts = hpet_read() - start;
	outb(speaker, SPEAKER);
	local_irq_restore(flags);
	return counts;
}

TEST("S254 the HPET's main counter advances at the rate that its period says, by the PIT's clock")
{
	const u64 want = div_u64((u64)hpet_hz() * WAIT_COUNTS, PIT_HZ);
	u64 counts = 0;

	if (hpet_hz() == 0)
		SKIP("this PC has no HPET");
	// A busy host may stop the machine in the middle: it gets more tries.
	for (int i = 0; i < 10 && (counts < want - want / 64 || counts > want + want / 64); i++)
		counts = hpet_counts();
	EXPECT_GE(counts, want - want / 64);
	EXPECT_LE(counts, want + want / 64);
}

TEST("the HPET's counter never goes back, with interrupts masked and not")
{
	u64 last = hpet_read();
	int back = 0, stands = 0;

	if (hpet_hz() == 0)
		SKIP("this PC has no HPET");
	for (int i = 0; i < 5000; i++) {
		const unsigned long flags = i & 1 ? local_irq_save() : 0;
		const u64 now = hpet_read();

		back += now < last;
		stands += now == last;
		last = now;
		if (i & 1)
			local_irq_restore(flags);
	}
	EXPECT_EQ(back, 0);
	EXPECT_LT(stands, 5000);
}

TEST("ticks that the HPET could not deliver for 50 ms are made up for")
{
	unsigned long flags, start;
	u64 until;

	if (hpet_hz() == 0 || strcmp(clocksource_name(), "hpet") != 0)
		SKIP("another timer ticks");
	flags = local_irq_save();
	start = jiffies;
	until = hpet_read() + hpet_hz() / 20;
	while (hpet_read() < until)
		cpu_relax();
	EXPECT_EQ(jiffies, start);
	local_irq_restore(flags);
	while (hpet_read() < until + hpet_hz() / HZ)
		cpu_relax();
	EXPECT_GE(READ_ONCE(jiffies) - start, 5);
}

// ---- The PIT as a clock ---------------------------------------------------------------------------

static bool pit_ticks(void)
{
	return strcmp(clocksource_name(), "pit") == 0;
}

TEST("the PIT's clock never goes back in 1000 readings, over ticks that come and ticks that wait")
{
	u64 last = pit_read();
	int back = 0;

	if (!pit_ticks())
		SKIP("another timer ticks");
	for (int i = 0; i < 1000; i++) {
		const bool masked = i % 100 < 50;
		unsigned long flags = masked ? local_irq_save() : 0;
		u64 now;

		for (int j = 0; j < 20; j++) {
			now = pit_read();
			back += now < last;
			last = now;
		}
		if (masked)
			local_irq_restore(flags);
	}
	EXPECT_EQ(back, 0);
}

TEST("the PIT's clock goes on while interrupts are masked for several ticks")
{
	const u64 length = 4 * (PIT_HZ / HZ);
	unsigned long flags = local_irq_save();
	const u64 start = pit_read();
	int tries;

	if (!pit_ticks()) {
		local_irq_restore(flags);
		SKIP("another timer ticks");
	}
	for (tries = 0; tries < 1000000 && pit_read() - start < length; tries++)
		;
	local_irq_restore(flags);
	EXPECT_LT(tries, 1000000);
	EXPECT_GE(pit_read() - start, length);
}
