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

// Counter 2 of the PIT, which nobody else uses: its gate is a bit of port 0x61.
#define PIT_COUNTER2 0x42
#define PIT_CONTROL  0x43
#define RATE2        0xb4 // counter 2, both bytes, mode 2: counts down from 65536 for ever
#define LATCH2       0x80
#define SPEAKER      0x61
#define SPEAKER_GATE 0x01
#define SPEAKER_ON   0x02

struct moment {
	u64 hpet;
	u16 pit;
};

// Reads both clocks within 1/20000 s: a busy host stops the machine now and then, also in between.
static bool read_both_clocks(struct moment *now)
{
	for (int i = 0; i < 1000; i++) {
		const u64 before = hpet_read();
		u8 low;

		outb(LATCH2, PIT_CONTROL);
		low = inb(PIT_COUNTER2);
		now->pit = low | inb(PIT_COUNTER2) << 8;
		now->hpet = hpet_read();
		if (now->hpet - before < hpet_hz() / 20000)
			return true;
	}
	return false;
}

// What both count in 1/50 s or more. False: it took so long that the PIT may have gone round.
static bool count_both(u64 *hpet, u32 *pit)
{
	struct moment start, end;

	if (!read_both_clocks(&start))
		return false;
	while (hpet_read() - start.hpet < hpet_hz() / 50)
		cpu_relax();
	if (!read_both_clocks(&end))
		return false;
	*hpet = end.hpet - start.hpet;
	*pit = (u16)(start.pit - end.pit);
	return *hpet < hpet_hz() / 20;
}

TEST("S254 the HPET's main counter advances at the rate that its period says, by the PIT's clock")
{
	const u8 speaker = inb(SPEAKER);
	unsigned long flags;
	bool ok = false;
	u64 hpet = 0, want;
	u32 pit = 0;

	if (hpet_hz() == 0)
		SKIP("this PC has no HPET");
	flags = local_irq_save();
	outb((speaker | SPEAKER_GATE) & (u8)~SPEAKER_ON, SPEAKER);
	outb(RATE2, PIT_CONTROL);
	outb(0, PIT_COUNTER2);
	outb(0, PIT_COUNTER2);
	for (int i = 0; i < 20 && !ok; i++)
		ok = count_both(&hpet, &pit);
	outb(speaker, SPEAKER);
	local_irq_restore(flags);
	ASSERT_TRUE(ok);
	want = div_u64((u64)pit * hpet_hz(), PIT_HZ);
	EXPECT_GE(hpet, want - want / 128);
	EXPECT_LE(hpet, want + want / 128);
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
		cpu_spin(1000);
	EXPECT_EQ(jiffies, start);
	local_irq_restore(flags);
	for (int i = 0; i < 2000 && READ_ONCE(jiffies) == start; i++)
		cpu_spin(5000);
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
