// SPDX-License-Identifier: MIT
// Walks a stack with the compiler's unwind tables (Exception Handling ABI for the Arm Architecture,
// IHI 0038, sections 5 to 10).
//
// .ARM.exidx says for each function how to undo its frame: pop these registers, move the stack pointer.
// The tables are valid between prologue and epilogue. This file also handles a fault at a function's
// first instruction, typical of a stack overflow. It reads the stack only with read_nofault().
// Linux: arch/arm/kernel/unwind.c.

#include <asm/trap.h>
#include <kernel/sections.h>
#include <lib/util.h>

struct exidx {
	u32 fn;   // distance to the function, 31 bits, signed
	u32 insn; // EXIDX_CANTUNWIND, or instructions (bit 31), or distance to a table of them
};

extern const struct exidx __exidx_start[], __exidx_end[];

#define EXIDX_CANTUNWIND 1
#define EXIDX_COMPACT    0x80000000u
#define INSN_FINISH      0xb0

enum { REG_R4 = 4, REG_SP = 13, REG_LR = 14, REG_PC = 15 };

// The unwind instructions of one function: bytes, the highest byte of a word first.
struct insns {
	unsigned long next; // address of the next word
	int words;          // number of words that follow
	u32 word;
	int bytes; // left in word
};

// The tables of C code refer to these personality routines, so they must exist; they are never called.
void __aeabi_unwind_cpp_pr0(void);
void __aeabi_unwind_cpp_pr1(void);
void __aeabi_unwind_cpp_pr2(void);
void __aeabi_unwind_cpp_pr0(void)
{
}
void __aeabi_unwind_cpp_pr1(void)
{
}
void __aeabi_unwind_cpp_pr2(void)
{
}

static unsigned long prel31(const u32 *p)
{
	return (unsigned long)p + ((s32)(*p << 1) >> 1);
}

static bool in_entry(unsigned long pc)
{
	return pc >= (unsigned long)vector_irq && pc < (unsigned long)set_fault_stacks;
}

// The last entry at or below pc. The linker has sorted the table.
static const struct exidx *exidx_find(unsigned long pc)
{
	const struct exidx *lo = __exidx_start, *hi = __exidx_end;

	while (lo < hi) {
		const struct exidx *mid = lo + (hi - lo) / 2;

		if (prel31(&mid->fn) <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == __exidx_start || !is_kernel_text(pc) ? NULL : lo - 1;
}

// Finds a function's unwind instructions. False: CANTUNWIND, or a model that C code does not use.
static bool insns_start(struct insns *in, const struct exidx *e)
{
	u32 word = e->insn;
	int model;

	*in = (struct insns){ .bytes = 3, .word = word };
	if (word == EXIDX_CANTUNWIND)
		return false;
	if (word & EXIDX_COMPACT)
		return true;
	in->next = prel31(&e->insn) + sizeof(u32);
	if (read_nofault(prel31(&e->insn), &in->word) != 0 || !(in->word & EXIDX_COMPACT))
		return false;
	model = in->word >> 24 & 0xf;
	if (model != 0) { // the "long" models say how many words follow
		in->words = in->word >> 16 & 0xff;
		in->bytes = 2;
	}
	return model <= 2;
}

static u8 insns_byte(struct insns *in)
{
	if (in->bytes == 0) {
		if (in->words == 0 || read_nofault(in->next, &in->word) != 0)
			return INSN_FINISH;
		in->words--;
		in->next += sizeof(u32);
		in->bytes = 4;
	}
	return in->word >> (8 * --in->bytes);
}

static u32 insns_uleb128(struct insns *in)
{
	u32 value = 0, byte;
	int shift = 0;

	do {
		byte = insns_byte(in);
		value |= (byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 32);
	return value;
}

// Pops the registers of the mask, lowest first.
static bool pop(struct pt_regs *regs, u32 mask)
{
	u32 *reg = regs->r, sp = regs->sp;

	for (int i = 0; i <= REG_PC; i++) {
		if (!(mask & BIT(i)))
			continue;
		if (read_nofault(sp, &reg[i]) != 0)
			return false;
		sp += sizeof(u32);
	}
	if (!(mask & BIT(REG_SP)))
		regs->sp = sp;
	return true;
}

// Executes one unwind instruction (EHABI, table 4). False: invalid or not supported.
static bool undo(struct pt_regs *regs, u8 insn, struct insns *in)
{
	u32 mask;

	if ((insn & 0xc0) == 0x00) {
		regs->sp += ((insn & 0x3f) << 2) + 4;
	} else if ((insn & 0xc0) == 0x40) {
		regs->sp -= ((insn & 0x3f) << 2) + 4;
	} else if ((insn & 0xf0) == 0x80) {
		mask = (u32)(insn & 0xf) << 8 | insns_byte(in);
		return mask != 0 && pop(regs, mask << REG_R4);
	} else if ((insn & 0xf0) == 0x90) {
		if ((insn & 0xf) == REG_SP || (insn & 0xf) == REG_PC)
			return false;
		regs->sp = regs->r[insn & 0xf];
	} else if ((insn & 0xf0) == 0xa0) {
		mask = (BIT((insn & 7) + 1) - 1) << REG_R4;
		return pop(regs, mask | (insn & 8 ? BIT(REG_LR) : 0));
	} else if (insn == 0xb1) {
		mask = insns_byte(in);
		return mask != 0 && mask <= 0xf && pop(regs, mask);
	} else if (insn == 0xb2) {
		regs->sp += 0x204 + (insns_uleb128(in) << 2);
	} else {
		return false; // floating point, or reserved
	}
	return true;
}

// Unwinds from a function to its caller with the table.
static bool undo_frame(struct pt_regs *regs, const struct exidx *e)
{
	struct insns in;
	u8 insn;

	if (!e || !insns_start(&in, e))
		return false;
	regs->pc = 0;
	while ((insn = insns_byte(&in)) != INSN_FINISH)
		if (!undo(regs, insn, &in))
			return false;
	if (regs->pc == 0)
		regs->pc = regs->lr;
	return true;
}

// Unwinds from the entry code to the interrupted code: r4 points to its struct pt_regs.
static bool undo_exception(struct pt_regs *regs)
{
	unsigned long saved = regs->r[REG_R4];
	u32 *word = (u32 *)regs;

	for (size_t i = 0; i < sizeof(*regs) / sizeof(u32); i++, saved += sizeof(u32))
		if (read_nofault(saved, &word[i]) != 0)
			return false;
	return true;
}

// One step outwards. *exact: pc is an interrupted instruction, not a call that has not returned.
static bool unwind_step(struct pt_regs *regs, bool *exact)
{
	const struct exidx *e = exidx_find(regs->pc);
	const bool was_exact = *exact;

	*exact = false;
	if (in_entry(regs->pc) && !was_exact) {
		*exact = true;
		return undo_exception(regs);
	}
	// lr is still valid: after a bad jump, at a function's start, in assembly that keeps lr.
	if (was_exact && (!e || prel31(&e->fn) == regs->pc || e->insn == EXIDX_CANTUNWIND))
		regs->pc = regs->lr;
	else if (!undo_frame(regs, e))
		return false;
	regs->lr = 0; // the caller has its own on the stack
	if (!is_kernel_text(regs->pc))
		return false;
	regs->pc -= 4; // the call
	return true;
}

void stack_walk(const struct pt_regs *from, bool (*visit)(unsigned long pc, void *arg), void *arg)
{
	struct pt_regs regs;
	bool exact = from != NULL;

	if (from)
		regs = *from;
	else
		unwind_here(&regs);
	for (int i = 0; i < STACK_WALK_MAX; i++) {
		if ((i > 0 || exact) && !visit(regs.pc, arg))
			return;
		if (!unwind_step(&regs, &exact))
			return;
	}
}
