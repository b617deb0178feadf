// SPDX-License-Identifier: MIT
// UBSan's reports (SAN=ubsan): undefined behaviour of C has happened.
//
// The compiler checks each shift, index, division, pointer and value. When a check fails, it calls one of
// these functions with a constant that describes the place and the types:
//
//   int shift(int n) { return 1 << n; }      n = 32:
//     UBSAN: shift-out-of-bounds in tests/kernel/debug/ubsan.c:24:18
//     shift exponent 32 is too large for 32-bit type 'int'
//
// The names and the structs are the compilers' (GCC: libsanitizer/ubsan/ubsan_handlers.h).
// Linux: lib/ubsan.c.

#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sanitizer.h>
#include <lib/format.h>
#include <lib/util.h>

struct location {
	const char *file;
	u32 line, column;
};

enum { TYPE_INTEGER = 0 };

struct type {
	u16 kind;
	u16 info; // of an integer: bit 0: signed; the rest: log2 of its width in bits
	char name[];
};

typedef unsigned long value_t; // the value if it fits, else its address

static bool type_is_signed(const struct type *t)
{
	return t->kind == TYPE_INTEGER && (t->info & 1);
}

static unsigned int type_bits(const struct type *t)
{
	return t->kind == TYPE_INTEGER ? 1u << (t->info >> 1) : 0;
}

// The value, sign or zero extended.
static s64 value_of(const struct type *t, value_t v)
{
	const unsigned int unused = 64 - min(type_bits(t), 64u);

	if (type_bits(t) > 8 * sizeof(v))
		return *(const s64 *)v;
	if (unused >= 64)
		return v;
	return type_is_signed(t) ? (s64)((u64)v << unused) >> unused : (s64)v;
}

static const char *value_text(const struct type *t, value_t v, char *buf, size_t size)
{
	if (type_is_signed(t))
		snprintf(buf, size, "%lld", (long long)value_of(t, v));
	else
		snprintf(buf, size, "%llu", (unsigned long long)value_of(t, v));
	return buf;
}

// Writes the whole report: kind and place, then the problem.
static __printf(3, 4) void ubsan_report(const char *kind, const struct location *where,
					const char *fmt, ...)
{
	char text[160];
	va_list ap;

	if (!sanitizer_begin())
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pr_err("UBSAN: %s in %s:%u:%u\n", kind, where->file, where->line, where->column);
	pr_err("%s\n", text);
	sanitizer_end("UBSAN: %s in %s:%u:%u: %s", kind, where->file, where->line, where->column,
		      text);
}

// ---- What the compiler calls ----------------------------------------------------------------------

struct pointer_check {
	struct location where;
	const struct type *type;
	u8 log_align;
	u8 access; // an index of access_names
};

static const char *access_name(u8 access)
{
	static const char *const names[] = { "load of",          "store to",
					     "reference to",     "member access within",
					     "member call on",   "constructor call on",
					     "downcast of",      "downcast of",
					     "upcast of",        "cast to virtual base of",
					     "_Nonnull binding", "dynamic operation on" };

	return access < ARRAY_SIZE(names) ? names[access] : "access to";
}

// The pointer is NULL or misaligned.
void __ubsan_handle_type_mismatch_v1(const struct pointer_check *c, unsigned long ptr);
void __ubsan_handle_type_mismatch_v1(const struct pointer_check *c, unsigned long ptr)
{
	const char *verb = access_name(c->access);

	if (!ptr)
		ubsan_report("null-ptr-deref", &c->where, "%s null pointer of type %s", verb,
			     c->type->name);
	else
		ubsan_report("misaligned-access", &c->where,
			     "%s misaligned address %08lx for type %s, which needs %lu byte "
			     "alignment",
			     verb, ptr, c->type->name, 1UL << c->log_align);
}

struct shift_check {
	struct location where;
	const struct type *value_type, *exponent_type;
};

void __ubsan_handle_shift_out_of_bounds(const struct shift_check *c, value_t value,
					value_t exponent);
void __ubsan_handle_shift_out_of_bounds(const struct shift_check *c, value_t value,
					value_t exponent)
{
	const s64 n = value_of(c->exponent_type, exponent);
	char number[24], by[24];

	value_text(c->value_type, value, number, sizeof(number));
	value_text(c->exponent_type, exponent, by, sizeof(by));
	if (type_is_signed(c->exponent_type) && n < 0)
		ubsan_report("shift-out-of-bounds", &c->where, "shift exponent %s is negative", by);
	else if ((u64)n >= type_bits(c->value_type))
		ubsan_report("shift-out-of-bounds", &c->where,
			     "shift exponent %s is too large for %u-bit type %s", by,
			     type_bits(c->value_type), c->value_type->name);
	else
		ubsan_report("shift-out-of-bounds", &c->where,
			     "left shift of %s by %s places cannot be represented in type %s",
			     number, by, c->value_type->name);
}

struct index_check {
	struct location where;
	const struct type *array_type, *index_type;
};

void __ubsan_handle_out_of_bounds(const struct index_check *c, value_t index);
void __ubsan_handle_out_of_bounds(const struct index_check *c, value_t index)
{
	char number[24];

	ubsan_report("array-index-out-of-bounds", &c->where, "index %s is out of range for type %s",
		     value_text(c->index_type, index, number, sizeof(number)), c->array_type->name);
}

struct value_check {
	struct location where;
	const struct type *type;
};

void __ubsan_handle_divrem_overflow(const struct value_check *c, value_t a, value_t b);
void __ubsan_handle_divrem_overflow(const struct value_check *c, value_t a, value_t b)
{
	char number[24];

	if (value_of(c->type, b) == 0)
		ubsan_report("division-overflow", &c->where, "division by zero");
	else
		ubsan_report("division-overflow", &c->where,
			     "division of %s by -1 cannot be represented in type %s",
			     value_text(c->type, a, number, sizeof(number)), c->type->name);
}

void __ubsan_handle_load_invalid_value(const struct value_check *c, value_t value);
void __ubsan_handle_load_invalid_value(const struct value_check *c, value_t value)
{
	char number[24];

	ubsan_report("invalid-load", &c->where, "load of value %s is not a valid value for type %s",
		     value_text(c->type, value, number, sizeof(number)), c->type->name);
}

// These two never return: no valid code follows the place that called them.
__noreturn void __ubsan_handle_builtin_unreachable(const struct location *where);
void __ubsan_handle_builtin_unreachable(const struct location *where)
{
	panic("UBSAN: unreachable code was reached in %s:%u:%u", where->file, where->line,
	      where->column);
}

__noreturn void __ubsan_handle_missing_return(const struct location *where);
void __ubsan_handle_missing_return(const struct location *where)
{
	panic("UBSAN: the end of a function that returns a value was reached in %s:%u:%u",
	      where->file, where->line, where->column);
}

struct argument_check {
	struct location where, attribute;
	int argument;
};

void __ubsan_handle_nonnull_arg(const struct argument_check *c);
void __ubsan_handle_nonnull_arg(const struct argument_check *c)
{
	ubsan_report("null-argument", &c->where, "argument %d must not be NULL", c->argument);
}

struct builtin_check {
	struct location where;
	u8 kind; // 0: __builtin_ctz, 1: __builtin_clz
};

void __ubsan_handle_invalid_builtin(const struct builtin_check *c);
void __ubsan_handle_invalid_builtin(const struct builtin_check *c)
{
	ubsan_report("invalid-builtin", &c->where, "0 was passed to __builtin_%s()",
		     c->kind ? "clz" : "ctz");
}
