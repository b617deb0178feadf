// SPDX-License-Identifier: MIT
// Names for extensions of the compilers (GCC and clang) to C11.
#pragma once

#define __must_check    __attribute__((warn_unused_result))
#define __noreturn      __attribute__((noreturn))
#define __packed        __attribute__((packed))
#define __aligned(n)    __attribute__((aligned(n)))
#define __section(name) __attribute__((section(name)))
#define __used          __attribute__((used))
#define __unused        __attribute__((unused))
#define __weak          __attribute__((weak))
#define __noinline      __attribute__((noinline))
#define __always_inline inline __attribute__((always_inline))
#define __printf(f, a)  __attribute__((format(printf, f, a)))
#define __fallthrough   __attribute__((fallthrough))

// For sparse (make check): device registers are accessed through the functions of arch/io.h, never as
// memory. __force marks a conversion from or to such an address.
#ifdef __CHECKER__
#define __iomem __attribute__((noderef, address_space(__iomem)))
#define __force __attribute__((force))
#else
#define __iomem
#define __force
#endif

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

// The compiler does not move memory accesses across this.
#define barrier() __asm__ volatile("" ::: "memory")

// Exactly one access: for memory that an interrupt handler or another CPU changes.
#define READ_ONCE(x)       (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))

// The value of x, hidden from the compiler: it can neither optimise with the value nor warn about it.
#define HIDE(x)                                        \
	({                                             \
		__typeof__(x) hidden_x = (x);          \
		__asm__ volatile("" : "+r"(hidden_x)); \
		hidden_x;                              \
	})

#define __RETURN_ADDRESS ((unsigned long)__builtin_return_address(0))

// The compiler's name and version: GCC's own string has only the number.
#ifdef __clang__
#define COMPILER_VERSION __VERSION__
#else
#define COMPILER_VERSION "GCC " __VERSION__
#endif
