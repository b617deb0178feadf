// SPDX-License-Identifier: MIT
// Shell patterns for ktest= and the monitor: glob(7) without backslash.
//
// Linux: lib/glob.c.

#include <lib/glob.h>

// Whether c is in the class; p points after its '['. Returns the character after the closing ']', or
// NULL: there is no ']', so '[' is literal. A ']' at the start is a member.
static const char *class_match(const char *p, char c, bool *match)
{
	bool negated = *p == '!';
	const char *first;
	bool found = false;

	if (negated)
		p++;
	for (first = p; *p && (*p != ']' || p == first); p++) {
		u8 low = (u8)*p, high = low;

		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = (u8)p[2];
			p += 2;
		}
		found |= low <= (u8)c && (u8)c <= high;
	}
	*match = found != negated;
	return *p ? p + 1 : NULL;
}

// Matches c with one element of the pattern, not a '*'. Returns the next element, or NULL: no match.
static const char *element_match(const char *p, char c)
{
	const char *behind;
	bool match;

	if (*p == '[') {
		behind = class_match(p + 1, c, &match);
		if (behind)
			return match ? behind : NULL;
	}
	return *p == '?' || *p == c ? p + 1 : NULL;
}

// On a mismatch, retries only the last '*' with one more character. An earlier '*' needs no retry: its
// shortest match leaves the most characters for the rest of the pattern.
bool glob_match(const char *pattern, const char *s)
{
	const char *star = NULL, *star_s = NULL;

	while (*s) {
		const char *next;

		if (*pattern == '*') {
			star = ++pattern;
			star_s = s;
			continue;
		}
		next = *pattern ? element_match(pattern, *s) : NULL;
		if (next) {
			pattern = next;
			s++;
		} else if (star) {
			pattern = star;
			s = ++star_s;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
