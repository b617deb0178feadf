// SPDX-License-Identifier: MIT
// The kernel log: levels, a ring buffer that dmesg shows, the console.
//
// Every function here works in any context, before the console exists as well (the text waits in
// the ring), and has put the text on the wire before it returns: a crash loses no line.
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
#define KERN_CONT    KERN_SOH "c" // goes on on the same line

// Logs text; fmt starts with a KERN_ level (without: KERN_WARNING, as in Linux) and should end with
// '\n'. Each of its lines gets a timestamp. Shown on the console when the level is below
// console_loglevel. A text of more than 511 characters is cut. Returns the length.
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

// As printk, but straight to the console without level, timestamp and log: for what a person or
// the test runner reads (the monitor's answers, KTAP). Cut in the same way.
__printf(1, 2) void cprintf(const char *fmt, ...);

// Messages with a level below this reach the console: loglevel=, where 8 and more is all of them;
// default 7, quiet is 4.
extern int console_loglevel;
#define LOGLEVELS 8 // from KERN_EMERG, 0, to KERN_DEBUG, 7

// From now on all of them do: for the kernel's last words.
void console_verbose(void);

// How many bytes were ever logged: the place in the log for dmesg(). Any context.
u32 log_position(void);

// Calls line(text, arg) for each line that the log still has from this place on (0: all), oldest
// first, with its timestamp. May be called in any context; lines logged meanwhile may or may not appear.
void dmesg(u32 since, void (*line)(const char *text, void *arg), void *arg);
