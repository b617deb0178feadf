# SPDX-License-Identifier: MIT
# k896: the one Makefile. `make help` lists the targets and the variables.
#
# A target that names a CPU (build-arm, run-x86, ...) calls make again with ARCH set; the rules at the
# end build exactly one configuration: ARCH, MMU, DEBUG, LLVM and SAN, into $(B).

# ---- Variables (what `make help` prints stands behind ##) -----------------------------------------
ARCH   ?= arm
MMU    ?= $(MMU_$(ARCH))
BOARD  ?= $(BOARD_$(ARCH))
VMSPLIT ?= 3G
MEM    ?= 1G
APPEND ?=
INITRD ?=
DEBUG  ?= 0
LLVM   ?= 0
SAN    ?=
T      ?= *
##var ARCH=arm|x86        CPU, for `make test` (default: both) and `make build`
##var MMU=lpae|short      page-table format on ARM; on x86: pae|2level
##var BOARD=virt|pc       QEMU machine; on ARM also vexpress-a15, and vexpress-a9 (MMU=short)
##var VMSPLIT=3G|2G       size of user space; the kernel has the rest of the 4 GB
##var MEM=1G              size of RAM, a number and M or G: 32M to 6G and more
##var APPEND="..."        words for the kernel's command line
##var INITRD=FILE         initial archive, handed to the kernel
##var DEBUG=0|1           1: -Og and the kernel's own checks (default for test, gdb, debug, replay)
##var LLVM=0|1            1: build with clang and lld
##var SAN=kasan|ubsan     build with a sanitizer: KASAN finds wrong accesses, UBSan undefined behaviour
##var CI=1                warnings are errors
##var NO_SETUP=1          never install missing tools
##var T=GLOB              run only the tests whose name matches

MMU_arm   = $(if $(filter vexpress-a9,$(BOARD)),short,lpae)
MMU_x86   := pae
BOARD_arm := virt
BOARD_x86 := pc
PAGE_OFFSET_3G := 0xc0000000
PAGE_OFFSET_2G := 0x80000000

# ---- Invalid variables: refused before anything is built -----------------------------------------
# Variables that make itself, the rules below or the tests set, and that help does not list.
INNER := CC LD NM OBJCOPY OBJDUMP CROSS HV HB OPERATIONS ISO
KNOWN := $(INNER) $(shell sed -n 's/^.*##var \([A-Z_]*\)=.*/\1/p' Makefile)
given = $(filter command line,$(origin $1))
UNKNOWN := $(strip $(foreach v,$(filter-out $(KNOWN) MAKE% -%,$(.VARIABLES)),$(if $(call given,$v),$v)))
$(if $(UNKNOWN),$(error $(firstword $(UNKNOWN))=: there is no such variable; make help lists them))
CPUS := arm x86
# run-arm ARCH=x86: the name of the target says the CPU.
$(foreach c,$(CPUS),$(if $(call given,ARCH),$(if $(filter-out $c,$(ARCH)),$(if $(filter %-$c,$(MAKECMDGOALS)),\
	$(error $(filter %-$c,$(MAKECMDGOALS)) ARCH=$(ARCH): the target is for $c; leave out ARCH=)))))
$(if $(filter-out 0 1,$(if $(call given,CI),$(CI))),$(error CI=$(CI): it must be 0 or 1))
# What is left of a number without its digits.
digits = $(subst 0,,$(subst 1,,$(subst 2,,$(subst 3,,$(subst 4,,$(subst 5,,$(subst 6,,$(subst 7,,$(subst 8,,$(subst 9,,$1))))))))))
$(foreach v,SECONDS SEED LEAST JOBS N LIMIT,$(if $(call given,$v),$(if $(strip $($v)),$(if $(call digits,$($v)),\
	$(error $v=$($v): it must be a number)),$(error $v=: it must be a number))))
$(foreach v,DEBUG LLVM,$(if $(filter 0 1,$($v)),,$(error $v=$($v): it is 0 or 1)))
$(if $(PAGE_OFFSET_$(VMSPLIT)),,$(error VMSPLIT=$(VMSPLIT): it is 3G or 2G))
$(if $(filter-out kasan ubsan,$(SAN))$(word 2,$(SAN)),$(error SAN=$(SAN): it is kasan or ubsan))
$(if $(filter kasan1,$(SAN)$(LLVM)),$(error SAN=kasan LLVM=1: clang has no KASAN for 32-bit targets; build it with GCC))
# The configurations that there are. What was asked for: the CPUs that targets name, else ARCH, else any.
CONFIGS := arm-lpae arm-short x86-pae x86-2level
$(if $(call given,ARCH),$(if $(filter $(CPUS),$(ARCH)),,$(error no configuration ARCH=$(ARCH); there are (ARCH-MMU): $(CONFIGS))))
ASKED := $(foreach c,$(CPUS),$(if $(filter %-$c,$(MAKECMDGOALS)),$c))
ASKED := $(or $(strip $(ASKED)),$(if $(filter command line environment,$(origin ARCH)),$(ARCH),%))
$(foreach c,$(if $(filter-out undefined file,$(origin MMU)),$(ASKED)),$(if $(filter $c-$(MMU),$(CONFIGS)),,\
	$(error no configuration $(if $(subst %,,$c),ARCH=$c )MMU=$(MMU); there are (ARCH-MMU): $(CONFIGS))))
# What only Python knows (boards, sizes, names of tests) it says first too, where there is a Python.
PYTHON := $(shell command -v python3)

# ---- Targets for people -----------------------------------------------------------------------------
.PHONY: help
help: ## this list
	@echo 'k896: targets'
	@awk -F ':.*## ' '/^[a-z0-9% -]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile
	@echo 'variables'
	@sed -n 's/^##var /  /p' Makefile

# For tools/setup: with LLVM=1 clang and lld are needed, GCC is not.
LLVM_NEED := $(if $(filter 1,$(LLVM)),llvm)
# A text as one word of the shell; a variable's text as it was given: with quotes, blanks and dollars.
text  = '$(subst ','\'',$(1))'
quote = $(call text,$(value $(1)))
NPROC := $(shell getconf _NPROCESSORS_ONLN)
AGAIN = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(NPROC))
# One build at a time for a CPU: two of the same files would get in each other's way.
BUILD = +@tools/locked build/$*.lock $(AGAIN) ARCH=$*
HOST  = +@tools/locked build/host.lock $(AGAIN)
# What gdb, debug and replay mean when DEBUG is not given: code that can be stepped through.
DEBUG_RUN := DEBUG=$(if $(filter command line environment,$(origin DEBUG)),$(DEBUG),1)
QEMU_RUN   = tools/qemu.py --arch $(ARCH) --mmu=$(call text,$(MMU)) --board=$(call text,$(BOARD)) \
	     --mem=$(call text,$(MEM)) --append=$(call quote,APPEND) --initrd=$(call quote,INITRD) \
	     --vmsplit $(VMSPLIT) $(if $(filter 1,$(DEBUG)),--debug) $(if $(filter 1,$(LLVM)),--llvm) $(if $(SAN),--san $(SAN))

# $(call SETUP,needs,words): words is a command in Python that says what is wrong with what was asked for. It
# runs before anything is installed; where there is no Python yet, as soon as there is one.
define SETUP
	$(if $(PYTHON),$(2))
	@tools/setup $(1) $(LLVM_NEED)
	$(if $(PYTHON),,$(2))
endef

# $(call RUN,run|gdb|debug|replay,what it needs,variables): what was asked for is looked at, then built, then
# run, by a make for each: the goals of one would race, and only one gets the terminal.
define RUN
	$(call SETUP,$* $(2),+@$(AGAIN) ARCH=$* $(3) qemu-check)
	$(BUILD) $(3) build
	+@$(AGAIN) ARCH=$* $(3) qemu-$(1)
endef

.PHONY: build-arm build-x86 run-arm run-x86 iso-x86 gdb-arm gdb-x86 debug-arm debug-x86
build-arm: ## build build/arm-lpae/k896.elf and .bin
build-x86: ## build build/x86-pae/k896.elf
$(CPUS:%=build-%): build-%:
	@tools/setup $* $(LLVM_NEED)
	$(BUILD) build

run-arm: ## build and run on QEMU virt; leave with Ctrl-A X
run-x86: ## build and run on QEMU pc; leave with Ctrl-A X
$(CPUS:%=run-%): run-%:
	$(call RUN,run)

iso-x86: ## build build/x86-pae/k896.iso, booted by GRUB
iso-x86: iso-%:
	$(call SETUP,$* iso,+@$(AGAIN) ARCH=$* iso-check)
	$(BUILD) iso

gdb-arm: ## QEMU stopped at its first instruction, and gdb on it
gdb-x86: ## the same on x86
$(CPUS:%=gdb-%): gdb-%:
	$(call RUN,gdb,gdb,$(DEBUG_RUN))

debug-arm: ## QEMU stopped, waiting for your gdb to attach
debug-x86: ## the same on x86
$(CPUS:%=debug-%): debug-%:
	$(call RUN,debug,,$(DEBUG_RUN))

.PHONY: replay-arm replay-x86
replay-arm: ## record a run, then open it in gdb, with reverse-continue
replay-x86: ## the same on x86
$(CPUS:%=replay-%): replay-%:
	$(call RUN,replay,gdb,$(DEBUG_RUN))

.PHONY: test golden test-machines test-arm test-x86 test-fresh bench-arm bench-x86 mutants check format doctor clean
# Only what was asked for is handed on: the runner tests debug and release builds by itself.
TEST_RUN = tests/run.py $(if $(filter 1,$(LLVM)),--llvm) $(if $(JOBS),-j $(JOBS))
TEST_OPTION = $(if $(filter command line environment,$(origin $2)),--$1 $(call quote,$2))
TEST_ARCH = $(call TEST_OPTION,arch,ARCH)
TEST_ONLY = $(call TEST_OPTION,mmu,MMU) $(call TEST_OPTION,board,BOARD) $(call TEST_OPTION,vmsplit,VMSPLIT) $(call TEST_OPTION,san,SAN) \
	    -- $(call quote,T)
##var JOBS=N              how many machines `make test` runs at once (default: all cores)
##var N=300               how many changes `make mutants` tries
##var LIMIT=SECONDS       when `make mutants` stops
##var IN="mm lib/fdt.c"   where `make mutants` makes them (default: everywhere)
# $(call TEST,what it needs,options): the runner knows which tests there are.
define TEST
	$(call SETUP,test $(1),@$(TEST_RUN) --check $(2) $(TEST_ONLY))
	@$(TEST_RUN) $(2) $(TEST_ONLY)
endef
test: ## run all tests on both CPUs (T=GLOB: some; ARCH=: one CPU)
	$(call TEST,arm x86 gdb iso,$(TEST_ARCH))
test-machines: ## the same on all other machines: formats, boards, memory sizes, CPUs
	$(call TEST,arm x86 gdb iso,--machines $(TEST_ARCH))
test-arm: ## run all tests on ARM
	$(call TEST,arm gdb,--arch arm)
test-x86: ## run all tests on x86
	$(call TEST,x86 gdb iso,--arch x86)
DIST ?= bookworm
##var DIST=bookworm       for test-fresh: which Debian, such as trixie
golden: ## write tests/boot/golden/ anew: what cat shows of each file (review the difference)
	@tools/setup arm x86 test
	@tests/run.py --update $(TEST_ARCH) -- 'golden:*'
	@tests/run.py --update --machines $(TEST_ARCH) -- 'golden:*'
test-fresh: ## run README's commands in a bare Debian (DIST=), as root
	@tools/setup fresh
	@tools/locked build/fresh-$(call quote,DIST).lock tests/fresh $(call quote,DIST)
bench-arm: ## count instructions of a release build, beside Linux's (T=GLOB: some)
bench-x86: ## the same on x86
$(CPUS:%=bench-%): bench-%:
	@tools/setup $* $(LLVM_NEED)
	$(BUILD) DEBUG=0 build
	+@$(AGAIN) ARCH=$* DEBUG=0 bench-run
N ?= 300
MUTANTS_IN = -- $(foreach w,$(IN),$(call text,$(w)))
mutants: ## change the kernel by N=300 small mistakes (SEED=, IN=mm): does a test notice each?
	$(call SETUP,arm x86 test,@tools/mutants --check $(MUTANTS_IN))
	@tools/locked build/mutants.lock tools/mutants --seed=$(call quote,SEED) --count=$(call quote,N) \
		$(if $(LIMIT),--limit=$(call quote,LIMIT)) $(if $(JOBS),-j $(JOBS)) $(MUTANTS_IN)
check: ## check what eyes forget: layers, words, formatting, references
	@tools/setup check
	@tools/check/all
format: ## format all sources by .clang-format
	@tools/setup check
	@tools/check/format.py --fix
doctor: ## report every tool, its version, and what is wrong
	@tools/doctor
clean: ## remove build/
	rm -rf build

# ---- One configuration --------------------------------------------------------------------------------
B := build/$(ARCH)-$(MMU)$(if $(filter 2G,$(VMSPLIT)),-2g)$(if $(filter 1,$(DEBUG)),-debug)$(if $(filter 1,$(LLVM)),-llvm)$(SAN:%=-%)

ifneq ($(filter x86,$(ARCH)),)
CROSS ?= $(firstword $(foreach p,i686-linux-gnu- i686-elf-,$(if $(shell command -v $(p)gcc),$(p))))
LLVM_TARGET := i686-linux-gnu
LD_EMULATION := elf_i386
else
CROSS ?= arm-none-eabi-
LLVM_TARGET := arm-linux-gnueabi
LD_EMULATION := armelf
endif

ifeq ($(LLVM),1)
CC      := clang --target=$(LLVM_TARGET)
LD      := ld.lld -m $(LD_EMULATION)
NM      := llvm-nm
OBJCOPY := llvm-objcopy
OBJDUMP := llvm-objdump
else
CC      := $(CROSS)gcc
LD      := $(CROSS)ld
NM      := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
OBJDUMP := $(CROSS)objdump
endif

# -nostdinc keeps a libc's headers out; the compiler's own (stdint.h, stdarg.h) stay in. Before tools/setup has
# run there may be no compiler to ask.
INCLUDES := -nostdinc -isystem $(shell $(CC) -print-file-name=include 2>/dev/null) -Iinclude -Iarch/$(ARCH)/include -I. -iquote tests/support
# SAN=kasan: the layout has the shadow there, and the compiler is told.
KASAN_SHADOW_OFFSET := 0xd8000000
DEFINES  := -DCONFIG_DEBUG=$(DEBUG) -DCONFIG_PAGE_OFFSET=$(PAGE_OFFSET_$(VMSPLIT)) -DCONFIG_MMU_$(shell echo $(MMU) | tr a-z A-Z)=1 \
	    -DCONFIG_PHYS_64BIT=$(if $(filter lpae pae,$(MMU)),1,0) \
	    -DCONFIG_KASAN=$(if $(filter kasan,$(SAN)),1,0) -DCONFIG_UBSAN=$(if $(filter ubsan,$(SAN)),1,0) \
	    $(if $(filter kasan,$(SAN)),-DCONFIG_KASAN_SHADOW_OFFSET=$(KASAN_SHADOW_OFFSET))

CFLAGS := -std=gnu11 -ffreestanding -g
# One copy of a global, no surprises from aliasing or overflow, NULL checks stay.
CFLAGS += -fno-common -fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks
# There is no libc to protect stacks or to be loaded at another address.
CFLAGS += -fno-stack-protector -fno-pic -fno-pie
CFLAGS += -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wmissing-prototypes -Wstrict-prototypes \
	  -Wvla -Wundef -Wframe-larger-than=1024
CFLAGS += $(if $(filter 1 true,$(CI)),-Werror)
CFLAGS += -ffunction-sections -fdata-sections

# SAN=ubsan: what C leaves undefined is found when it happens (kernel/debug/ubsan.c). Overflow is defined by -fwrapv;
# what object-size finds, bounds finds with a better sentence.
SANITIZE_ubsan := -fsanitize=undefined -fno-sanitize=signed-integer-overflow,pointer-overflow,object-size
# SAN=kasan: each access to memory is checked by a call (mm/kasan/kasan.c).
SANITIZE_kasan := -fsanitize=kernel-address -fasan-shadow-offset=$(KASAN_SHADOW_OFFSET) --param asan-stack=1 \
		  --param asan-globals=1 --param asan-instrumentation-with-call-threshold=0
# A sanitizer's own variables make frames larger.
CFLAGS := $(if $(SAN),$(subst -Wframe-larger-than=1024,-Wframe-larger-than=2048,$(CFLAGS)),$(CFLAGS))

ifneq ($(filter x86,$(ARCH)),)
# Frame pointers are how x86 walks a stack; no floating point; arguments in registers as Linux does
# (EAX, EDX, ECX; functions with ... take theirs on the stack): assembly keeps to it.
CFLAGS += -march=i686 -mtune=generic -mregparm=3 -fno-omit-frame-pointer -mno-mmx -mno-sse -mno-80387 -msoft-float \
	  -fno-asynchronous-unwind-tables -fno-unwind-tables -mpreferred-stack-boundary=2
ifeq ($(SAN),kasan)
# The shadow has a byte for 8 of the stack: frames start at a multiple of that, wherever their caller's do.
CFLAGS := $(subst -mpreferred-stack-boundary=2,-mpreferred-stack-boundary=3 -mincoming-stack-boundary=2,$(CFLAGS))
endif
ifeq ($(LLVM),1)
CFLAGS := $(subst -mpreferred-stack-boundary=2,-mstack-alignment=4,$(CFLAGS))
endif
else
# ARM code, not Thumb; unwind tables are how ARM walks a stack; unaligned accesses fault while the MMU is
# off. Where there is LPAE there is hardware division as well; one kernel of short descriptors runs on
# CPUs with and without it, and divides by itself (arch/arm/divide.c).
CFLAGS += -marm -march=$(if $(filter lpae,$(MMU)),armv7ve,armv7-a) -mfloat-abi=soft -funwind-tables -fomit-frame-pointer -mno-unaligned-access
endif
ASFLAGS := -D__ASSEMBLER__ $(filter -march=% -marm -mfloat-abi=% -g,$(CFLAGS))

# The linker: pages are 4 KB, no section goes where the script does not say, stacks do not execute.
LDFLAGS := -nostdlib --build-id=none -z max-page-size=4096 -z noexecstack --orphan-handling=error \
	   --gc-sections $(if $(filter 1,$(LLVM)),,--no-warn-rwx-segments)

# Fast where the kernel spends its time, small where it does not. The tests are as the code they time.
FAST_SRCS := arch/% lib/% kernel/sched/% $(addprefix kernel/,irq.c time.c timer.c wait.c mutex.c) \
	     $(addprefix mm/,page/% slab/% pgtable/% highmem/% vmalloc/%) tests/%
# clang's -Os is a tenth larger than GCC's.
SMALL := $(if $(filter 1,$(LLVM)),-Oz,-Os)
OPTIMISE = $(if $(filter 1,$(DEBUG)),-Og,$(if $(filter $(FAST_SRCS),$<),-O2,$(SMALL)))

# Files that run with the MMU off too: everything they reach must be PC-relative.
EARLY_SRCS := boot/early.c boot/bootinfo.c mm/pgtable/pgtable.c mm/pgtable/kernel_map.c lib/string.c \
	      $(wildcard $(addprefix arch/$(ARCH)/,pt*.c fsr*.c) boot/arm/exit.c \
	      $(addprefix boot/arm/,semihosting.c skip.c) drivers/uart/pl011.c \
	      $(addprefix boot/$(ARCH)/,multiboot.c acpi.c early*.c))
EARLY_SRCS += mm/kasan/kasan.c
EARLY_FLAGS := -fpie -include include/lib/hidden.h

# What KASAN does not look at: what runs before there is a shadow; itself; the slab allocator and whoever reads
# whole stacks, because they may read what others must not. They take the string functions that check nothing.
KASAN_OFF := $(EARLY_SRCS) mm/kasan/kasan_report.c $(wildcard mm/slab/slab*.c) mm/proc/leak_owners.c mm/page/page_debug.c kernel/sched/thread_stack.c
# Tests that read or write where they must not, to see what is there or who notices.
KASAN_OFF += $(addprefix tests/mm/,$(addprefix slab/,kmalloc_memory.c krealloc.c slab_debug.c slab_misfree.c) \
	     $(addprefix vmalloc/,vmalloc.c vmalloc_mistakes.c))
KASAN_OFF_FLAGS := $(foreach f,memcpy memmove memset memcmp memchr,-D$(f)=raw_$(f))
SANITIZE = $(if $(filter kasan,$(SAN)),$(if $(filter $(KASAN_OFF),$<),$(KASAN_OFF_FLAGS),$(SANITIZE_kasan)),$(SANITIZE_$(SAN)))

# What runs before boot has checked which CPU this is.
CFLAGS_boot/arm/early_cpu.c := -march=armv5te
$(foreach f,cpu console trap,$(eval CFLAGS_boot/x86/early_$f.c := -march=i386))

DRIVERS_arm := uart/pl011 irqchip/gicv2 timer/arch_timer timer/sp804 rtc/pl031 pci/ecam
DRIVERS_x86 := uart/ns16550 irqchip/i8259 timer/pit timer/hpet rtc/cmos pci/conf1
# On every machine; what reaches configuration space is the machine's, above.
DRIVERS := $(wildcard drivers/base/*.c drivers/misc/*.c) \
	   $(filter-out %/conf1.c %/ecam.c,$(wildcard drivers/pci/*.c))

# A file that is for one page-table format ends in its name.
MMUS := lpae short pae 2level
OF_OTHER_MMU = $(foreach m,$(filter-out $(MMU),$(MMUS)),%_$m.c %_$m.S)

# The tests for any CPU, in the same folders as the code.
SUITES := $(wildcard $(addprefix tests/,*.c bench/*.c drivers/*.c kernel/*.c kernel/*/*.c lib/*.c mm/*/*.c support/*.c))

SRCS := $(wildcard arch/$(ARCH)/*.[cS] boot/*.c boot/$(ARCH)/*.[cS] $(addsuffix .c,mm/*/* kernel/* kernel/*/* lib/*)) \
	$(DRIVERS) $(DRIVERS_$(ARCH):%=drivers/%.c) \
	$(SUITES) $(wildcard tests/arch/$(ARCH)/*.c)
# And a file that is for one sanitizer.
OF_SAN_ubsan := kernel/debug/sanitizer.c kernel/debug/ubsan.c tests/kernel/debug/ubsan.c
OF_SAN_kasan := kernel/debug/sanitizer.c mm/kasan/kasan.c mm/kasan/kasan_report.c tests/mm/kasan/kasan.c
OF_SAN := $(OF_SAN_ubsan) $(OF_SAN_kasan)
SRCS := $(filter-out $(OF_OTHER_MMU) $(filter-out $(OF_SAN_$(SAN)),$(OF_SAN)),$(SRCS))
OBJS := $(patsubst %,$(B)/obj/%.o,$(basename $(SRCS)))

# For tools/check/sparse.py: what the C files of a configuration are, and what is defined for them.
.PHONY: print-sources
print-sources:
	@echo '$(DEFINES)'
	@echo '$(filter %.c,$(SRCS))'

.PHONY: config
config:
	$(if $(filter $(ARCH)-$(MMU),$(CONFIGS)),,$(error no configuration ARCH=$(ARCH) MMU=$(MMU); \
		there are (ARCH-MMU): $(CONFIGS)))

.PHONY: build iso bench-run iso-check qemu-check qemu-run qemu-gdb qemu-debug qemu-replay
ISO = $(B)/k896.iso
# Boards that QEMU makes no device tree for.
DTBS := $(patsubst boot/arm/dts/%.dts,$(B)/%.dtb,$(wildcard boot/arm/dts/*.dts))
build: config $(B)/k896.elf $(B)/k896.asm $(B)/k896.sym $(if $(filter arm,$(ARCH)),$(B)/k896.bin $(DTBS))
iso: $(ISO)
bench-run:
	@tools/bench --arch $(ARCH) --mmu $(MMU) $(if $(filter 1,$(LLVM)),--llvm) \
		--kernel $(B)/k896.$(if $(filter arm,$(ARCH)),bin,elf) -- $(call quote,T)
qemu-check: config
	@$(QEMU_RUN) --check
iso-check: config
	@$(QEMU_RUN) --iso --check
qemu-run:
	@$(QEMU_RUN) --for-make
qemu-gdb:
	@$(QEMU_RUN) --gdb
qemu-debug:
	@$(QEMU_RUN) --wait-gdb
qemu-replay:
	@$(QEMU_RUN) --replay

# A changed flag rebuilds what it touches.
FLAGS_LINE := $(CC) $(INCLUDES) $(DEFINES) $(CFLAGS) $(SANITIZE_$(SAN)) $(SMALL) $(FAST_SRCS) $(LDFLAGS)
$(B)/flags: FORCE | config
	@mkdir -p $(@D); echo '$(FLAGS_LINE)' | cmp -s - $@ || echo '$(FLAGS_LINE)' > $@
.PHONY: FORCE

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	@echo '  CC      $<'
	@$(CC) $(INCLUDES) $(DEFINES) $(CFLAGS) $(OPTIMISE) $(if $(filter $<,$(EARLY_SRCS)),$(EARLY_FLAGS)) $(SANITIZE) \
		$(CFLAGS_$<) -MMD -MP -c $< -o $@
$(B)/obj/%.o: %.S $(B)/flags
	@mkdir -p $(@D)
	@echo '  AS      $<'
	@$(CC) $(INCLUDES) $(DEFINES) $(ASFLAGS) -MMD -MP -c $< -o $@

# GCC would emit the tests of a file in reverse order.
$(foreach t,$(filter tests/%,$(SRCS)),$(eval CFLAGS_$(t) := $(if $(filter 1,$(LLVM)),,-fno-toplevel-reorder)))

# memcpy must not be compiled into a call of memcpy.
CFLAGS_lib/string.c := $(if $(filter 1,$(LLVM)),-fno-builtin,-fno-tree-loop-distribute-patterns)

$(B)/kernel.lds: linker/kernel.lds.S $(B)/flags
	@$(CC) $(INCLUDES) $(DEFINES) -D__ASSEMBLER__ -E -P -x c -MMD -MP -MT $@ -MF $(B)/kernel.lds.d $< -o $@

# Linked twice: the first kernel tells where its functions are, the second one carries that as its
# symbol table, which lies behind all code and so moves none of it.
LINK = $(LD) $(LDFLAGS) -T $(B)/kernel.lds $(OBJS)
$(B)/symbols0.S:
	@mkdir -p $(@D); tools/mksymbols < /dev/null > $@
$(B)/symbols.S: $(B)/k896.pass1.elf tools/mksymbols
	@$(NM) -n $< | tools/mksymbols > $@
$(B)/symbols%.o: $(B)/symbols%.S
	@$(CC) $(ASFLAGS) -c $< -o $@
$(B)/symbols.o: $(B)/symbols.S
	@$(CC) $(ASFLAGS) -c $< -o $@
$(B)/k896.pass1.elf: $(OBJS) $(B)/symbols0.o $(B)/kernel.lds
	@$(LINK) $(B)/symbols0.o -o $@
$(B)/k896.elf: $(B)/k896.pass1.elf $(B)/symbols.o
	@echo '  LD      $@'
	@$(LINK) $(B)/symbols.o -Map $(B)/k896.map -o $@.tmp
	@$(NM) -n $@.tmp | tools/mksymbols | cmp -s - $(B)/symbols.S || \
		{ echo '$@: the symbol table moved the code it describes' >&2; exit 1; }
	@mv $@.tmp $@
$(B)/k896.bin: $(B)/k896.elf
	@$(OBJCOPY) -O binary $< $@.tmp && mv $@.tmp $@
$(B)/%.dtb: boot/arm/dts/%.dts
	@mkdir -p $(@D)
	@dtc -q -O dtb -o $@ $<
$(B)/k896.asm: $(B)/k896.elf
	@$(OBJDUMP) -d $< > $@
$(B)/k896.sym: $(B)/k896.elf
	@$(NM) -n $< > $@
$(ISO): $(B)/k896.elf FORCE
	@tools/mkiso $< $@ $(call quote,APPEND) $(if $(INITRD),$(call quote,INITRD))

-include $(OBJS:.o=.d) $(B)/kernel.lds.d
.SECONDARY:

# ---- Host ----------------------------------------------------------------------------------------------
# The kernel's memory management as an ordinary 32-bit program (arch/host): the same suites under
# AddressSanitizer and UBSan, and what only a fast machine can do. HV names the kind of build: asan,
# fast (no sanitizer), gcov (coverage), fuzz (clang with libFuzzer and both sanitizers).
HV ?= asan
HB ?= build/host/$(HV)$(if $(filter 1,$(DEBUG)),-debug)
HOST_CC := $(if $(filter fuzz,$(HV)),clang --target=i686-linux-gnu,i686-linux-gnu-gcc)
HOST_LD_SO := /usr/i686-linux-gnu/lib
# What runs these programs: nothing, or qemu-i386 where the system runs 64-bit programs only. Looked up
# when it is first asked for, after tools/setup.
HOST_RUN  = $(eval HOST_RUN := $(shell $(HOST_LD_SO)/ld-linux.so.2 --version > /dev/null 2>&1 || echo qemu-i386))$(HOST_RUN)
HOST_SAYS = $(if $(HOST_RUN),@echo '  RUN     $< by $(HOST_RUN): this system runs no 32-bit x86 programs')
HOST_ROOM = $(if $(HOST_RUN),$(filter asan fuzz,$(HV)))
HOST_EXEC = $(if $(HOST_RUN),K896_HOST_RUN=$(HOST_RUN) $(HOST_RUN))

HOST_CFLAGS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
HOST_CFLAGS_fast := -O2
HOST_CFLAGS_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
		    -fno-sanitize=function
HOST_CFLAGS_gcov := -Og --coverage -fprofile-update=single
# Frame pointers: the stack walk of arch/host/trap.c.
HOST_CFLAGS := -std=gnu11 -g -march=i686 -fno-pic -fno-pie -fno-omit-frame-pointer -fno-common \
	       -fno-strict-aliasing -fwrapv -fno-delete-null-pointer-checks -fno-stack-protector \
	       -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Wmissing-prototypes \
	       -Wstrict-prototypes -Wvla -Wundef $(if $(filter 1 true,$(CI)),-Werror) $(HOST_CFLAGS_$(HV))
# The program's own borders are no symbols of the kernel's linker script.
HOST_DEFINES := -DCONFIG_DEBUG=$(DEBUG) -DCONFIG_KASAN=0 -DCONFIG_UBSAN=0 -DCONFIG_PAGE_OFFSET=$(PAGE_OFFSET_3G) -DCONFIG_PHYS_64BIT=1 -D_start=__executable_start \
		-D_end=__image_end -D_etext=__image_etext
HOST_INCLUDES := -Iinclude -Iarch/host/include -I. -iquote tests/support
HOST_FREESTANDING = -ffreestanding -nostdinc -isystem $(shell $(HOST_CC) -print-file-name=include)
# The image lies where a kernel's does. Code, constants and data on pages of their own; nothing is
# made read-only behind our back.
HOST_LDFLAGS = -no-pie -Wl,-Ttext-segment=0xc0100000 -Wl,-z,separate-code -Wl,-z,norelro -Wl,-z,noexecstack \
		-Wl,--dynamic-linker=$(HOST_LD_SO)/ld-linux.so.2 -Wl,-rpath,$(HOST_LD_SO) \
		-T arch/host/host.lds $(HOST_ROOM:%=-Wl,--section-start=.shadow_room=0x1ffff000)

# Not here: what needs interrupts of devices, the monitor's terminal, or crashes on purpose.
HOST_KERNEL = $(filter-out $(OF_SAN),$(wildcard mm/*/*.c lib/*.c)) $(DRIVERS) boot/bootinfo.c \
	       $(filter-out kernel/main.c $(addprefix kernel/debug/,monitor%.c crash.c bench.c) $(OF_SAN),$(wildcard kernel/*.c kernel/*/*.c)) \
	       $(filter-out $(if $(HOST_ROOM),,arch/host/os_room.c),$(wildcard arch/host/*.c))
HOST_SUITES := $(filter-out $(addprefix tests/,bench/% drivers/edu.c kernel/kernel.c kernel/debug/_harness.c) $(OF_SAN),$(SUITES))
FUZZERS := buddy slab kmalloc vmalloc memblock fdt
HOST_PROGRAMS := $(if $(filter fuzz,$(HV)),$(FUZZERS:%=fuzz_%),tests model exhaustive)
$(foreach f,$(FUZZERS),$(eval HOST_SRCS_fuzz_$(f) := $(addprefix tests/host/,fuzz.c start.c fuzz_$(f).c)))
HOST_SRCS_tests := $(addprefix tests/host/,main.c start.c window.c tlb.c machine.c mm.c alone.c) $(HOST_SUITES)
HOST_SRCS_model := $(addprefix tests/host/,model.c model_block.c model_kinds.c start.c)
HOST_SRCS_exhaustive := tests/host/exhaustive.c
HOST_OBJS = $(patsubst %.c,$(HB)/obj/%.o,$(HOST_KERNEL) $(HOST_SRCS_$*))

.PHONY: test-host soak coverage prove fuzz $(FUZZERS:%=fuzz-%)
SECONDS ?= 10
SEED    ?= 896
LEAST   ?= 95
SLOWER  ?= $(if $(HOST_RUN),20,1)
##var SECONDS=10          how long each fuzz target runs
##var LEAST=95            percent of the lines that coverage must reach
##var SLOWER=20           the model does so many times fewer operations; 1 where nothing is emulated
##var SEED=896            of the random runs: the same seed is the same run
test-host: ## run the suites on the host under ASan and UBSan, the model, every state of a small zone
	@tools/setup host
	$(HOST) HV=asan DEBUG=1 host-tests host-model OPERATIONS=300000
	$(HOST) HV=asan DEBUG=0 host-tests
	$(HOST) HV=fast DEBUG=0 host-exhaustive host-model OPERATIONS=10000000
soak: ## 200 million random operations against the model (SEED=)
	@tools/setup host
	$(HOST) HV=fast DEBUG=0 host-model OPERATIONS=200000000
fuzz: ## run every fuzz target for SECONDS=10
	@tools/setup fuzz
	$(HOST) HV=fuzz DEBUG=1 $(FUZZERS:%=host-fuzz-%)
fuzz-buddy: ## fuzz one allocator with libFuzzer; also -slab, -kmalloc, -vmalloc, -memblock, -fdt
$(FUZZERS:%=fuzz-%): fuzz-%:
	@tools/setup fuzz
	$(HOST) HV=fuzz DEBUG=1 host-fuzz-$*
coverage: ## lines of mm/ that the suites reach on the host, at least LEAST=95 percent
	@tools/setup host
	$(HOST) HV=gcov DEBUG=0 host-coverage
	$(HOST) HV=gcov DEBUG=1 host-coverage
	@tests/host/coverage.py $(LEAST) build/host/gcov build/host/gcov-debug
prove: ## prove the core of the buddy allocator with Frama-C
	@tools/setup prove
	@tests/prove/run build/prove

.PHONY: host-build host-tests host-model host-exhaustive host-coverage $(FUZZERS:%=host-fuzz-%)
host-build: $(HOST_PROGRAMS:%=$(HB)/%)
host-tests: $(HB)/tests
	$(HOST_SAYS)
	@$(HOST_EXEC) $< $(call quote,T)
host-model: $(HB)/model
	$(HOST_SAYS)
	@$(HOST_EXEC) $< $$(($(OPERATIONS) / $(SLOWER))) $(SEED)
host-exhaustive: $(HB)/exhaustive
	$(HOST_SAYS)
	@$(HOST_EXEC) $<
# A crash is run once more by itself, for what the kernel says of it.
$(FUZZERS:%=host-fuzz-%): host-fuzz-%: $(HB)/fuzz_%
	@mkdir -p $(HB)/corpus-$*; rm -f $(HB)/$*-*-*
	$(HOST_SAYS)
	@echo '  FUZZ    $*, $(SECONDS) s'
	@$(HOST_EXEC) $< -max_total_time=$(SECONDS) -artifact_prefix=$(HB)/$*- $(HB)/corpus-$* > $(HB)/$*.log 2>&1 || { \
		tail -20 $(HB)/$*.log; $(HOST_EXEC) $< $(HB)/$*-*-*; exit 1; }
	@tail -1 $(HB)/$*.log
host-coverage: $(HB)/tests
	$(HOST_SAYS)
	@find $(HB) -name '*.gcda' -delete
	@$(HOST_EXEC) $< > $(HB)/tests.log || { grep -A5 '^not ok\|^#' $(HB)/tests.log; exit 1; }

$(HB)/flags: FORCE
	@mkdir -p $(@D); echo '$(HOST_CC) $(HOST_CFLAGS) $(HOST_DEFINES) $(HOST_LDFLAGS)' | cmp -s - $@ || \
		echo '$(HOST_CC) $(HOST_CFLAGS) $(HOST_DEFINES) $(HOST_LDFLAGS)' > $@
$(HB)/obj/%.o: %.c $(HB)/flags
	@mkdir -p $(@D)
	@echo '  CC      $< ($(HV))'
	@$(HOST_CC) $(HOST_CFLAGS) $(HOST_DEFINES) $(HOST_INCLUDES) \
		$(if $(filter arch/host/os%.c,$<),,$(HOST_FREESTANDING)) $(HOST_CFLAGS_$<) -MMD -MP -c $< -o $@
$(foreach t,$(sort $(foreach p,$(HOST_PROGRAMS),$(HOST_SRCS_$(p)))),$(eval HOST_CFLAGS_$(t) := $(if $(filter fuzz,$(HV)),,-fno-toplevel-reorder)))
HOST_CFLAGS_lib/string.c := $(if $(filter fuzz,$(HV)),-fno-builtin,-fno-tree-loop-distribute-patterns)

HOST_LIBS_fuzz = $(shell $(HOST_CC) -print-resource-dir)/lib/linux/libclang_rt.fuzzer_no_main-i386.a \
		 -lstdc++ -lm
# Linked twice, as the kernel: the second time with the names of its functions.
HOST_LINK = $(HOST_CC) $(HOST_CFLAGS) $(HOST_LDFLAGS) $(HOST_OBJS) $(HOST_LIBS_$(HV))
.SECONDEXPANSION:
$(HB)/%.pass1: $$(HOST_OBJS) arch/host/host.lds tools/mksymbols
	@tools/mksymbols < /dev/null > $@.S
	@$(HOST_LINK) $@.S -o $@
$(HOST_PROGRAMS:%=$(HB)/%): $(HB)/%: $(HB)/%.pass1
	@echo '  LD      $@'
	@nm -n $< | tools/mksymbols > $@.symbols.S
	@$(HOST_LINK) $@.symbols.S -o $@

-include $(wildcard $(HB)/obj/*/*.d $(HB)/obj/*/*/*.d)
