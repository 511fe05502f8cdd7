# squeezed: one non-recursive Makefile; `make help` lists the targets.
BUILD   ?= build
VARIANT ?= release
OUT     := $(BUILD)/$(VARIANT)
CC      ?= gcc
PKGS    := jack liblo sndfile lilv-0
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lcjson -lm -lpthread -ldl
WARN    := -Wall -Wextra -Wpedantic -Wconversion -Wvla -Wno-unused-parameter
OPT     := -O2 -g
CFLAGS  += -std=gnu11 $(OPT) $(WARN) -ffp-contract=off -fno-math-errno -I. -Iserver $(PKG_CFLAGS) -MMD -MP -pthread
ifneq ($(WERROR),)
CFLAGS  += -Werror
endif

PROTOCOL_SRC := $(wildcard protocol/*.c)
SERVER_SRC   := $(filter-out server/main.c,$(wildcard server/*.c server/*/*.c server/*/*/*.c))
KERNEL_SRC   := $(wildcard server/dsp/kernels_*.c)
LIB_OBJ      := $(patsubst %.c,$(OUT)/%.o,$(PROTOCOL_SRC) $(SERVER_SRC))
UNIT_SRC     := $(wildcard tests/unit/*.c tests/unit/*/*.c tests/tables/*.c tests/render/*.c)
UNIT_BIN     := $(patsubst %.c,$(OUT)/%,$(UNIT_SRC))
SUPPORT_OBJ  := $(patsubst %.c,$(OUT)/%.o,$(wildcard tests/support/*.c))

.PHONY: all clean check help
all: $(OUT)/libsqueezed.a $(if $(wildcard server/main.c),$(OUT)/squeezed)

$(OUT)/libsqueezed.a: $(LIB_OBJ)
	@rm -f $@; ar rcs $@ $^

$(OUT)/squeezed: $(OUT)/server/main.o $(OUT)/libsqueezed.a
	$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(PKG_LIBS)

$(OUT)/server/dsp/%.o: OPT := -O3 -g
$(OUT)/server/engine/%.o: OPT := -O3 -g
ifeq ($(shell uname -m),x86_64)
$(OUT)/server/dsp/kernels_avx2.o: CFLAGS += -mavx2
endif

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(UNIT_BIN): $(OUT)/%: %.c $(OUT)/libsqueezed.a $(SUPPORT_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests $(LDFLAGS) -rdynamic -o $@ $< $(SUPPORT_OBJ) $(OUT)/libsqueezed.a -lcmocka $(PKG_LIBS)

unit: $(UNIT_BIN)
	@set -e; for t in $(UNIT_BIN); do echo "== $$t"; $$t; done

clean:
	rm -rf $(BUILD)

-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
