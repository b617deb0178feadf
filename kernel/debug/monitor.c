// SPDX-License-Identifier: MIT
// The kernel monitor: reads lines, finds and runs commands, prints help.
//
// Each file kernel/debug/monitor_*.c with commands has a table of them; tables[] lists the tables.

#include <kernel/console.h>
#include <kernel/monitor.h>
#include <lib/format.h>
#include <lib/lineedit.h>
#include <lib/string.h>
#include <lib/util.h>

#include "monitor.h"

#define LINE_SIZE 128 // tunable

static void cmd_help(char *args);
static const char *command_name(unsigned int n);

static const struct command help_commands[] = {
	{ "help", "[COMMAND]", "this list, or more about one command", cmd_help, NULL,
	  command_name },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

static const struct {
	const char *title;
	const struct command *commands;
} tables[] = {
	{ "the kernel", help_commands },
	{ NULL, monitor_look_commands },
	{ "memory by hand: pages", monitor_page_commands },
	{ "objects", monitor_slab_commands },
	{ "mappings", monitor_map_commands },
	{ "words", monitor_byte_commands },
};

void monitor_line(const char *text, void *arg)
{
	if (console_interrupted())
		return;
	console_write(text, strlen(text));
	console_write("\n", 1);
}

void say(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	monitor_line(text, NULL);
}

// The n-th of all commands; NULL after the last.
static const struct command *command_at(unsigned int n)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct command *c = tables[i].commands; c->name; c++)
			if (n-- == 0)
				return c;
	return NULL;
}

static const char *command_name(unsigned int n)
{
	const struct command *command = command_at(n);

	return command ? command->name : NULL;
}

static const struct command *find_command(const char *name)
{
	const struct command *command;

	for (unsigned int n = 0; (command = command_at(n)) != NULL; n++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

static void say_usage(const struct command *c)
{
	say("  %-8s%-14s %s", c->name, c->usage, c->what);
}

static void help_all(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		if (tables[i].title)
			say("%s:", tables[i].title);
		for (const struct command *c = tables[i].commands; c->name; c++)
			say_usage(c);
	}
	say("ADDR, PFN, PA and VALUE are hexadecimal. SIZE, ORDER and N are decimal, or "
	    "hexadecimal with 0x.");
	say("help COMMAND says more. The Tab key completes words, Ctrl-C stops a command.");
}

static void cmd_help(char *args)
{
	const struct command *command = find_command(args);

	if (!*args) {
		help_all();
		return;
	}
	if (!command) {
		say("help: there is no command \"%s\"", args);
		return;
	}
	say_usage(command);
	if (command->more)
		monitor_line(command->more, NULL);
}

// Splits "name arguments" in place and strips blanks. Returns the name; *line becomes the arguments.
static char *split_line(char **line)
{
	char *name, *end;

	while (**line == ' ')
		++*line;
	name = next_word(line);
	for (end = *line + strlen(*line); end > *line && end[-1] == ' ';)
		*--end = '\0';
	return name;
}

static void run_line(char *line)
{
	const char *name = split_line(&line);
	const struct command *command = find_command(name);

	if (!*name)
		return;
	if (!command)
		say("%s: no such command; try help", name);
	else if (*line && !*command->usage)
		say("%s: takes no argument", name);
	else
		command->run(line);
}

// For the Tab key: the n-th command name, or after a command the n-th word that it accepts.
static const char *word_to_complete(const char *line, int *start, unsigned int n)
{
	char name[16];
	int first = 0, end;
	const struct command *command;

	while (line[first] == ' ')
		first++;
	if (*start <= first)
		return command_name(n);
	for (end = first; line[end] && line[end] != ' ';)
		end++;
	snprintf(name, sizeof(name), "%.*s", end - first, &line[first]);
	command = find_command(name);
	if (strncmp(&line[*start], "/proc/", 6) == 0)
		*start += 6;
	return command && command->word ? command->word(n) : NULL;
}

// Reads a line, with editing and history.
static void read_line(const char *prompt, char line[LINE_SIZE])
{
	static struct line_editor editor = { .write = console_write, .word = word_to_complete };

	line_start(&editor, prompt, LINE_SIZE);
	while (!line_key(&editor, console_getchar()))
		;
	strscpy(line, editor.text, LINE_SIZE);
}

void monitor_run(void)
{
	char line[LINE_SIZE];

	say("\nk896 monitor: help lists the commands; off leaves (so does Ctrl-A X)");
	for (;;) {
		read_line("k896> ", line);
		console_take_interrupt(); // a Ctrl-C typed while editing is not for the command
		run_line(line);
		if (console_take_interrupt())
			say("^C");
	}
}
