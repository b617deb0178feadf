// SPDX-License-Identifier: MIT
// printf-style formatting, as lib/format.h describes.
//
// Owns: the key and the policy for printing pointers.
// Rules: never sleeps, takes no lock, uses about 300 bytes of stack: safe in a panic. Widths and
// precisions are clamped to FIELD_MAX.
// Linux: lib/vsprintf.c.

#include <lib/div64.h>
#include <lib/format.h>
#include <lib/siphash.h>
#include <lib/string.h>
#include <lib/util.h>

struct format_state format_state;
int kptr_restrict;
bool (*format_symbol)(unsigned long addr, const char **name, unsigned long *offset,
		      unsigned long *size);

#define FIELD_MAX      (1 << 20)
#define DIGITS_MAX     22 // 2^64 - 1 in octal
#define POINTER_DIGITS ((int)(2 * sizeof(void *)))
#define SYMBOL_MAX     96 // a name with offset and size

// Invalid addresses: the page of NULL, and the error numbers at the top.
#define NULL_PAGE_END 4096UL
#define FIRST_ERROR   (-4095UL)

struct output {
	char *buf;
	size_t size, len; // len is the length of the whole text, and may exceed size
	va_list args;
};

// One parsed conversion.
struct spec {
	bool left, plus, space, alt, zero, upper;
	int width, precision; // precision -1: none
	int bytes;            // size of the argument
};

static void output_char(struct output *out, char c)
{
	if (out->len < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_times(struct output *out, char c, int n)
{
	for (; n > 0; n--)
		output_char(out, c);
}

// Writes prefix, zeros and body, padded to the field's width.
static void put_field(struct output *out, const struct spec *spec, const char *prefix, int zeros,
		      const char *body, int len)
{
	int fill = spec->width - (int)strlen(prefix) - max(zeros, 0) - len;

	if (!spec->left)
		put_times(out, ' ', fill);
	while (*prefix)
		output_char(out, *prefix++);
	put_times(out, '0', zeros);
	while (len--)
		output_char(out, *body++);
	if (spec->left)
		put_times(out, ' ', fill);
}

// What to print instead of reading through an invalid p, or NULL: p may be valid.
static const char *bad_pointer(const void *p)
{
	if (!p)
		return "(null)";
	if ((uintptr_t)p < NULL_PAGE_END || (uintptr_t)p >= FIRST_ERROR)
		return "(efault)";
	return NULL;
}

static void put_string(struct output *out, const struct spec *spec, const char *s)
{
	const char *bad = bad_pointer(s);
	size_t max = spec->precision < 0 ? FIELD_MAX : (size_t)spec->precision;

	if (bad)
		s = bad;
	put_field(out, spec, "", 0, s, (int)strnlen(s, max));
}

static void put_number(struct output *out, const struct spec *spec, const char *prefix, u32 base,
		       u64 n)
{
	char digits[DIGITS_MAX];
	int at = DIGITS_MAX, len, zeros;
	u32 digit;

	while (n) {
		n = div_u64_rem(n, base, &digit);
		digits[--at] = (spec->upper ? "0123456789ABCDEF" : "0123456789abcdef")[digit];
	}
	len = DIGITS_MAX - at;
	if (spec->precision >= 0)
		zeros = spec->precision - len;
	else if (spec->zero && !spec->left)
		zeros = max(spec->width - (int)strlen(prefix), 1) - len;
	else
		zeros = 1 - len;
	if (base == 8 && spec->alt)
		zeros = max(zeros,
			    1); // C: the first digit must be a zero
	put_field(out, spec, prefix, zeros, digits + at, len);
}

static u64 next_unsigned(struct output *out, const struct spec *spec)
{
	unsigned int n;

	if (spec->bytes == sizeof(u64))
		return va_arg(out->args, unsigned long long);
	n = va_arg(out->args, unsigned int);
	switch (spec->bytes) {
	case 1: return (u8)n;
	case 2: return (u16)n;
	default: return n;
	}
}

static s64 next_signed(struct output *out, const struct spec *spec)
{
	u64 n = next_unsigned(out, spec);

	switch (spec->bytes) {
	case 1: return (s8)n;
	case 2: return (s16)n;
	case 4: return (s32)n;
	default: return (s64)n;
	}
}

static void format_decimal(struct output *out, const struct spec *spec)
{
	s64 n = next_signed(out, spec);

	if (n < 0)
		put_number(out, spec, "-", 10, -(u64)n);
	else
		put_number(out, spec, spec->plus ? "+" : spec->space ? " " : "", 10, (u64)n);
}

static void format_hex(struct output *out, const struct spec *spec)
{
	const char *prefix = spec->upper ? "0X" : "0x";
	const u64 n = next_unsigned(out, spec);
	const bool no_digits = n == 0 && spec->precision == 0;

	put_number(out, spec, spec->alt && !no_digits ? prefix : "", 16, n);
}

static void format_char(struct output *out, const struct spec *spec)
{
	char c = (char)va_arg(out->args, int);

	put_field(out, spec, "", 0, &c, 1);
}

// Always all digits, so that columns of addresses line up.
static void put_address(struct output *out, struct spec spec, unsigned long addr)
{
	spec.precision = POINTER_DIGITS;
	put_number(out, &spec, "", 16, addr);
}

static void put_hashed(struct output *out, struct spec spec, unsigned long addr)
{
	spec.precision = -1;
	if (format_state.plain_pointers || bad_pointer((void *)addr))
		put_address(out, spec, addr);
	else if (!format_state.have_key)
		put_string(out, &spec, "(ptrval)");
	else
		put_address(out, spec, (u32)siphash(&addr, sizeof(addr), format_state.key));
}

static void put_restricted(struct output *out, struct spec spec, unsigned long addr)
{
	if (kptr_restrict)
		put_address(out, spec, 0);
	else
		put_hashed(out, spec, addr);
}

static void put_phys(struct output *out, struct spec spec, const phys_addr_t *pa)
{
	const char *bad = bad_pointer(pa);

	spec.precision = bad ? -1 : (int)(2 * sizeof(*pa));
	if (bad)
		put_string(out, &spec, bad);
	else
		put_number(out, &spec, "0x", 16, *pa);
}

static void put_symbol(struct output *out, struct spec spec, unsigned long addr, bool with_offset)
{
	unsigned long offset, size;
	char text[SYMBOL_MAX];
	const char *name;

	spec.precision = -1;
	if (!format_symbol || !format_symbol(addr, &name, &offset, &size))
		scnprintf(text, sizeof(text), "0x%lx", addr);
	else if (with_offset)
		scnprintf(text, sizeof(text), "%s+0x%lx/0x%lx", name, offset, size);
	else
		strscpy(text, name, sizeof(text));
	put_string(out, &spec, text);
}

static bool is_alnum(char c)
{
	char lower = c | ('a' ^ 'A');

	return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

// fmt points after the 'p'. Returns it after the whole conversion.
static const char *put_pointer(struct output *out, const struct spec *spec, const char *fmt)
{
	void *p = va_arg(out->args, void *);
	unsigned long addr = (unsigned long)p;

	switch (*fmt) {
	case 'x': put_address(out, *spec, addr); break;
	case 'K': put_restricted(out, *spec, addr); break;
	case 'a': put_phys(out, *spec, p); break;
	case 'S': put_symbol(out, *spec, addr, true); break;
	case 's': put_symbol(out, *spec, addr, false); break;
	default: put_hashed(out, *spec, addr);
	}
	while (is_alnum(*fmt))
		fmt++;
	return fmt;
}

static const char *parse_flags(struct spec *spec, const char *fmt)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-': spec->left = true; break;
		case '+': spec->plus = true; break;
		case ' ': spec->space = true; break;
		case '#': spec->alt = true; break;
		case '0': spec->zero = true; break;
		default: return fmt;
		}
	}
}

// Digits (no digits mean 0), or '*' for an argument. Returns fmt after them.
static const char *parse_count(struct output *out, int *count, const char *fmt)
{
	int n = 0;

	if (*fmt == '*') {
		n = va_arg(out->args, int);
		*count = max(min(n, FIELD_MAX), -FIELD_MAX);
		return fmt + 1;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		n = min(n * 10 + (*fmt - '0'), FIELD_MAX);
	*count = n;
	return fmt;
}

static const char *parse_length(struct spec *spec, const char *fmt)
{
	spec->bytes = sizeof(int);
	switch (*fmt) {
	case 'h':
		spec->bytes = fmt[1] == 'h' ? 1 : sizeof(short);
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	case 'l':
		spec->bytes = fmt[1] == 'l' ? sizeof(long long) : sizeof(long);
		return fmt + (fmt[1] == 'l' ? 2 : 1);
	case 'j': spec->bytes = sizeof(intmax_t); return fmt + 1;
	case 'z': spec->bytes = sizeof(size_t); return fmt + 1;
	case 't': spec->bytes = sizeof(ptrdiff_t); return fmt + 1;
	default: return fmt;
	}
}

// Parses flags, width, precision and length. Returns fmt at the conversion's letter.
static const char *parse_spec(struct output *out, struct spec *spec, const char *fmt)
{
	*spec = (struct spec){ .precision = -1 };
	fmt = parse_flags(spec, fmt);
	fmt = parse_count(out, &spec->width, fmt);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*fmt == '.')
		fmt = parse_count(out, &spec->precision, fmt + 1);
	fmt = parse_length(spec, fmt);
	spec->upper = *fmt == 'X';
	return fmt;
}

// fmt points after a '%'. Returns it after the conversion, or NULL: the conversion is unknown.
static const char *put_conversion(struct output *out, const char *fmt)
{
	struct spec spec;

	fmt = parse_spec(out, &spec, fmt);
	switch (*fmt++) {
	case '%': output_char(out, '%'); break;
	case 'c': format_char(out, &spec); break;
	case 's': put_string(out, &spec, va_arg(out->args, const char *)); break;
	case 'd':
	case 'i': format_decimal(out, &spec); break;
	case 'u': put_number(out, &spec, "", 10, next_unsigned(out, &spec)); break;
	case 'o': put_number(out, &spec, "", 8, next_unsigned(out, &spec)); break;
	case 'x':
	case 'X': format_hex(out, &spec); break;
	case 'p': return put_pointer(out, &spec, fmt);
	default: return NULL;
	}
	return fmt;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = { .buf = buf, .size = size };

	va_copy(out.args, args);
	while (*fmt) {
		const char *behind;

		if (*fmt != '%') {
			output_char(&out, *fmt++);
			continue;
		}
		behind = put_conversion(&out, fmt + 1);
		if (!behind)
			break;
		fmt = behind;
	}
	while (*fmt)
		output_char(&out, *fmt++);
	va_end(out.args);
	if (size)
		buf[min(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return size ? min(len, (int)size - 1) : 0;
}

void format_set_ptr_key(const u32 key[4])
{
	memcpy(format_state.key, key, sizeof(format_state.key));
	format_state.have_key = true;
}

void format_no_hash_pointers(void)
{
	format_state.plain_pointers = true;
}
