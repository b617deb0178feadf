// SPDX-License-Identifier: MIT
// The kernel log: levels, a ring buffer for dmesg, the console.
//
// Every function here works in any context, even before a console exists (the text waits in the ring).
// It returns after the text is on the wire, so a crash loses no line.
#pragma once

#include <lib/compiler.h>
#include <lib/format.h>
#include <lib/types.h>

#define KERN_SOH     "\001"
#define KERN_EMERG   KERN_SOH "0"
#define KERN_ALERT   KERN_SOH "1"
#define KERN_CRIT    KERN_SOH "2"
#define KERN_ERR     KERN_SOH "3"
#define KERN_WARNING KERN_SOH "4"
#define KERN_NOTICE  KERN_SOH "5"
#define KERN_INFO    KERN_SOH "6"
#define KERN_DEBUG   KERN_SOH "7"
#define KERN_CONT    KERN_SOH "c" // continues the line

// Logs text. fmt starts with a KERN_ level (default: KERN_WARNING, as in Linux) and should end with '\n'.
// Each line gets a timestamp. The console shows levels below console_loglevel. Text beyond 511
// characters is cut. Returns the length.
__printf(1, 2) int printk(const char *fmt, ...);
int vprintk(const char *fmt, va_list ap);

#define pr_emerg(...)  printk(KERN_EMERG __VA_ARGS__)
#define pr_crit(...)   printk(KERN_CRIT __VA_ARGS__)
#define pr_err(...)    printk(KERN_ERR __VA_ARGS__)
#define pr_warn(...)   printk(KERN_WARNING __VA_ARGS__)
#define pr_notice(...) printk(KERN_NOTICE __VA_ARGS__)
#define pr_info(...)   printk(KERN_INFO __VA_ARGS__)
#define pr_debug(...)  printk(KERN_DEBUG __VA_ARGS__)
#define pr_cont(...)   printk(KERN_CONT __VA_ARGS__)

// Like printk, but writes only to the console, without level and timestamp: for the monitor's answers and
// KTAP, which a person or the test runner reads. Text is cut in the same way.
__printf(1, 2) void cprintf(const char *fmt, ...);

// The console shows messages with a level below this. loglevel= sets it (8 or more: all messages); the
// default is 7, quiet is 4.
extern int console_loglevel;
#define LOGLEVELS 8 // from KERN_EMERG, 0, to KERN_DEBUG, 7

// The console shows all levels afterwards: for panics.
void console_verbose(void);

// Number of bytes ever logged: a position for dmesg(). Any context.
u32 log_position(void);

// Calls line(text, arg) for each line, with its timestamp, that the log still has after position `since`
// (0: all), oldest first. Any context; lines logged meanwhile do not appear.
void dmesg(u32 since, void (*line)(const char *text, void *arg), void *arg);
