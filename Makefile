# squeezed: one non-recursive Makefile. Variants of the build live side by side in build/<variant>/.
# SPDX-FileCopyrightText: The squeezed authors
# SPDX-License-Identifier: GPL-3.0-or-later
BUILD   ?= build
VARIANT ?= release
OUT     := $(BUILD)/$(VARIANT)
ifeq ($(origin CC),default)
CC      := gcc
endif
prefix     ?= /usr/local
sysconfdir ?= $(if $(filter /usr,$(prefix)),/etc,$(prefix)/etc)
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
N       ?= 100

PKGS       := jack liblo sndfile soxr lilv-0
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcjson -lm -lpthread -ldl

WARN    := -Wall -Wextra -Wpedantic -Wconversion -Wvla -Wno-unused-parameter
OPT_release := -O2 -g
OPT_debug   := -O0 -g -DSQ_DEBUG
OPT_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT_tsan    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
OPT_clang   := -O1 -g
OPT_coverage := -O0 -g --coverage
OPT_mutate  := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
OPT     := $(or $(OPT_$(VARIANT)),-O2 -g)
# Sums are made in the order written: neither contraction nor reassociation, whatever the compiler.
CFLAGS  += -std=gnu11 $(OPT) $(WARN) -ffp-contract=off -fno-math-errno -I. -Iserver $(PKG_CFLAGS) -MMD -MP -pthread
LDFLAGS += $(filter -fsanitize=% --coverage,$(OPT))
ifneq ($(WERROR),)
CFLAGS  += -Werror
endif

PROTOCOL_SRC := $(wildcard protocol/*.c)
SERVER_SRC   := $(filter-out server/main.c server/host/main.c server/scan/main.c,$(wildcard server/*.c server/*/*.c server/*/*/*.c))
LIB_OBJ      := $(patsubst %.c,$(OUT)/%.o,$(PROTOCOL_SRC) $(SERVER_SRC))
GEN_OBJ      := $(if $(wildcard tools/make_sinc.c),$(OUT)/gen/sampler_sinc_table.o)
CTL_OBJ      := $(patsubst %.c,$(OUT)/%.o,$(wildcard clients/squeezectl/*.c))
REMOTE_OBJ   := $(patsubst %.c,$(OUT)/%.o,$(wildcard clients/libsqueeze/*.c))
PROTOCOL_OBJ := $(patsubst %.c,$(OUT)/%.o,$(PROTOCOL_SRC))
EXAMPLE_BIN  := $(patsubst %.c,$(OUT)/%,$(wildcard examples/*/*.c))
BENCH_BIN    := $(patsubst %.c,$(OUT)/%,$(wildcard tests/bench/*.c))
SUPPORT_OBJ  := $(patsubst %.c,$(OUT)/%.o,$(wildcard tests/support/*.c))
# A test is a program of one file; the runner finds it by the same wildcards.
TEST_SRC     := $(wildcard tests/unit/*.c tests/unit/*/*.c tests/tables/*.c tests/render/*.c tests/fuzz/test_*.c)
TEST_BIN     := $(patsubst %.c,$(OUT)/%,$(TEST_SRC))
RT_BIN       := $(patsubst %.c,$(OUT)/%,$(wildcard tests/rt/test_*.c))
# Plug-ins of our own to test hosting with: probe_clap.c becomes probe.clap, by the suffix of its name.
PROBES       := $(patsubst tests/plugins/%_clap.c,$(OUT)/tests/plugins/%.clap,$(wildcard tests/plugins/*_clap.c)) \
                $(patsubst tests/plugins/%_vst2.c,$(OUT)/tests/plugins/%_vst2.so,$(wildcard tests/plugins/*_vst2.c)) \
                $(patsubst tests/plugins/%_vst3.c,$(OUT)/tests/plugins/%.vst3,$(wildcard tests/plugins/*_vst3.c))
RTGUARD      := $(if $(wildcard tests/rt/rtguard.c),$(OUT)/librtguard.so)
PROGRAMS     := $(if $(wildcard server/main.c),$(OUT)/squeezed) $(OUT)/squeezed-host $(OUT)/squeezed-scan $(if $(CTL_OBJ),$(OUT)/squeezectl)
SUITE        := tests/support/suite --jobs $(JOBS)

.DEFAULT_GOAL := all
.PHONY: all demo test unit lint format check check-rt check-fresh asan tsan bench mutate tests install uninstall clean help
.DELETE_ON_ERROR:

all: $(OUT)/libsqueezed.a $(OUT)/libsqueeze.a $(PROGRAMS) $(EXAMPLE_BIN) ## build the programs (VARIANT=release|debug|asan|tsan|clang, WERROR=1)

demo: ## install what is missing, build, and play the example
	@tools/bootstrap build demo
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	@examples/demo/run

test: ## install what is missing and run every test; ends with "N passed, N failed"
	@tools/bootstrap build demo test
	@$(SUITE) all

unit: tests ## unit, table, render and fuzz-corpus tests
	@$(SUITE) unit

check: ## lint, stale files and unit tests: the quick round before a commit
	@$(SUITE) build lint stale unit

lint: ## the rules of the house: includes, names, banned calls, sizes, format, headers
	@$(SUITE) lint

check-rt: ## the audio thread's law: symbols against the allow-list, and the guard
	@$(SUITE) build symbols guard

asan: ## the named subset under the address and undefined-behaviour sanitizers
	@$(SUITE) asan

tsan: ## the named subset under the thread sanitizer
	@$(SUITE) tsan

check-fresh: ## make demo and make test in a fresh Debian 12 tree that holds git and make alone (root)
	@tools/check-fresh

mutate: ## flip N operators, one at a time, and count how many the tests notice (N=100 SEED=1)
	@tools/mutate --number $(N) --seed $(or $(SEED),1)

bench: all $(BENCH_BIN) ## measure the shipped program and write docs/bench.md
	@tests/bench/run

format: ## rewrite the C files in the house's format
	@git ls-files '*.c' '*.h' | xargs clang-format -i

tests: all $(TEST_BIN) $(RT_BIN) $(RTGUARD) $(PROBES)

# ---- rules ----------------------------------------------------------------------------------------------------------

$(OUT)/libsqueezed.a: $(LIB_OBJ) $(GEN_OBJ)
	@rm -f $@; ar rcs $@ $^

$(OUT)/squeezed: $(OUT)/server/main.o $(OUT)/libsqueezed.a
	$(CC) $(LDFLAGS) -rdynamic -Wl,--as-needed -o $@ $^ $(PKG_LIBS)

$(OUT)/squeezed-scan: $(OUT)/server/scan/main.o $(OUT)/libsqueezed.a
	$(CC) $(LDFLAGS) -rdynamic -Wl,--as-needed -o $@ $^ $(PKG_LIBS)

$(OUT)/squeezed-host: $(OUT)/server/host/main.o $(OUT)/libsqueezed.a
	$(CC) $(LDFLAGS) -rdynamic -Wl,--as-needed -o $@ $^ $(PKG_LIBS)

$(OUT)/libsqueeze.a: $(REMOTE_OBJ) $(PROTOCOL_OBJ)
	@rm -f $@; ar rcs $@ $^

$(OUT)/squeezectl: $(CTL_OBJ) $(OUT)/libsqueeze.a
	$(CC) $(LDFLAGS) -o $@ $^ -ledit $(PKG_LIBS)

ifeq ($(VARIANT),release)
# no code here reads floating-point exception flags; without them gcc turns selections into SIMD (same bits)
$(OUT)/server/dsp/%.o: OPT := -O3 -g -fno-trapping-math
$(OUT)/server/engine/%.o: OPT := -O3 -g
$(OUT)/server/processors/%.o: OPT := -O3 -g -fno-trapping-math
endif
ifeq ($(shell uname -m),x86_64)
$(OUT)/server/dsp/kernels_avx2.o: CFLAGS += -mavx2
$(OUT)/server/dsp/kernels_avx512.o: CFLAGS += -mavx512f
endif

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(TEST_BIN) $(RT_BIN): $(OUT)/%: %.c $(OUT)/libsqueezed.a $(OUT)/libsqueeze.a $(SUPPORT_OBJ) | $(PROBES)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests $(LDFLAGS) -rdynamic -o $@ $< $(SUPPORT_OBJ) $(OUT)/libsqueezed.a $(OUT)/libsqueeze.a -lcmocka $(PKG_LIBS)

$(OUT)/tests/bench/bench_vst3: | $(PROBES)

$(BENCH_BIN) $(EXAMPLE_BIN): $(OUT)/%: %.c $(OUT)/libsqueezed.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests $(LDFLAGS) -o $@ $< $(OUT)/libsqueezed.a $(PKG_LIBS)

# Tables of constants, computed when building: too long to be checked in, too long for the audio thread.
$(OUT)/gen/make_sinc: tools/make_sinc.c server/processors/sampler_sinc.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 $(WARN) -Iserver -o $@ $< -lm

$(OUT)/gen/sampler_sinc_table.c: $(OUT)/gen/make_sinc
	$< > $@

$(OUT)/gen/sampler_sinc_table.o: $(OUT)/gen/sampler_sinc_table.c
	$(CC) $(CFLAGS) -c -o $@ $<

# A plug-in of the tests is as foreign as any other: it is not instrumented, and sees of the server the headers alone.
PROBE_CC      = $(CC) $(filter-out -fsanitize=% -fno-sanitize-recover=% --coverage -MMD -MP,$(CFLAGS)) -MMD -MP -MT $@ -MF $@.d -Itests -fPIC -shared -o $@ $< -lm

$(OUT)/tests/plugins/%.clap: tests/plugins/%_clap.c
	@mkdir -p $(@D)
	$(PROBE_CC)

# A bundle: a folder that holds the code of each machine.
$(OUT)/tests/plugins/%.vst3: tests/plugins/%_vst3.c
	@mkdir -p $@/Contents/$(shell uname -m)-linux
	$(subst -o $@,-o $@/Contents/$(shell uname -m)-linux/$*.so,$(PROBE_CC))
	@touch $@

$(OUT)/tests/plugins/%_vst2.so: tests/plugins/%_vst2.c
	@mkdir -p $(@D)
	$(PROBE_CC)

# The guard is never itself instrumented: a sanitizer's runtime would call what the guard traps.
$(OUT)/librtguard.so: tests/rt/rtguard.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -fsanitize=% -fno-sanitize-recover=% --coverage,$(CFLAGS)) -fPIC -shared -o $@ $< -ldl

install: all ## install under DESTDIR= prefix= (default /usr/local)
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(sysconfdir)/squeezed
	install -m 755 $(PROGRAMS) $(DESTDIR)$(prefix)/bin
	test -e $(DESTDIR)$(sysconfdir)/squeezed/squeezed.conf || \
	  install -m 644 squeezed.conf $(DESTDIR)$(sysconfdir)/squeezed/squeezed.conf
	for kind in system user; do for unit in systemd/$$kind/*.service; do if [ -e $$unit ]; then \
	  install -d $(DESTDIR)$(prefix)/lib/systemd/$$kind; \
	  sed 's|@bindir@|$(prefix)/bin|g' $$unit > $(DESTDIR)$(prefix)/lib/systemd/$$kind/$${unit##*/}; fi; done; done
	for page in docs/man/*.[1-8]; do if [ -e $$page ]; then \
	  install -D -m 644 $$page $(DESTDIR)$(prefix)/share/man/man$${page##*.}/$${page##*/}; fi; done

uninstall: ## remove what install put there, save the configuration
	rm -f $(addprefix $(DESTDIR)$(prefix)/bin/,$(notdir $(PROGRAMS)))
	for kind in system user; do for unit in systemd/$$kind/*.service; do \
	  rm -f $(DESTDIR)$(prefix)/lib/systemd/$$kind/$${unit##*/}; done; done
	for page in docs/man/*.[1-8]; do rm -f $(DESTDIR)$(prefix)/share/man/man$${page##*.}/$${page##*/}; done

clean: ## remove build/
	rm -rf $(BUILD)

help: ## this text
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
