# SPDX-License-Identifier: Apache-2.0
# The front door. Meson does the work; `make help` lists the doors.
BUILD ?= build
TESTBUILD ?= build-test
FUZZBUILD ?= build-fuzz
FUZZ_SECONDS ?= 60
PREFIX ?= /usr/local

.PHONY: all build demo test conformance bench fuzz mutate crash lint install clean \
    help

all: build

help:
	@echo 'make              build assayd, assay and libassay'
	@echo 'make demo         the whole workflow on a simulated platform'
	@echo 'make test         every test, under AddressSanitizer and UBSan'
	@echo 'make conformance  unmodified Azure SDK clients against assayd'
	@echo 'make bench        speed, as ratios to the cryptography it needs'
	@echo 'make fuzz         every fuzz harness for FUZZ_SECONDS each (60)'
	@echo 'make mutate       delete each named check; a test must notice'
	@echo 'make crash        kill assayd 200 times under policy changes'
	@echo 'make lint         clang-tidy and cppcheck'
	@echo 'make install      to PREFIX (/usr/local), honours DESTDIR'

# Installs what is missing (saying so), then configures once.
$(BUILD)/build.ninja:
	@tools/deps.sh build
	meson setup $(BUILD) --prefix=$(PREFIX) --buildtype=release \
	    -Db_lto=false -Dtests=false -Dfuzzing=false

build: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

demo: build
	@tools/deps.sh demo
	@BUILD=$(BUILD) tools/demo.sh

$(TESTBUILD)/build.ninja:
	@tools/deps.sh build test
	meson setup $(TESTBUILD) -Db_sanitize=address,undefined \
	    -Doptimization=1 -Dwerror=true -Dfuzzing=true

test: $(TESTBUILD)/build.ninja
	@tools/deps.sh build test
	@ninja -C $(TESTBUILD)
	@meson test -C $(TESTBUILD) --no-rebuild --print-errorlogs

conformance: build
	@tools/deps.sh conformance
	@BUILD=$(BUILD) conformance/run.sh

bench: $(BUILD)/build.ninja
	@tools/deps.sh build bench
	@ninja -C $(BUILD)
	@BUILD=$(BUILD) bench/run.sh

$(FUZZBUILD)/build.ninja:
	@tools/deps.sh build fuzz
	CC=clang meson setup $(FUZZBUILD) -Db_sanitize=address,undefined \
	    -Doptimization=1 -Db_lundef=false -Dfuzzing=true -Dtests=false

fuzz: $(FUZZBUILD)/build.ninja
	@ninja -C $(FUZZBUILD)
	@FUZZBUILD=$(FUZZBUILD) tools/fuzz.sh $(FUZZ_SECONDS)

mutate:
	@tools/deps.sh build test
	@tools/mutate.sh

# How often: ASSAY_CRASHES=N make crash.
crash: build
	@tools/deps.sh crash
	@ASSAYD=$(abspath $(BUILD))/src/service/assayd \
	    ASSAY_CRASHES=$${ASSAY_CRASHES:-200} python3 -B tests/service/crash.py

lint:
	@tools/deps.sh build test lint
	@tools/lint.sh

install: build
	@meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD) $(TESTBUILD) $(FUZZBUILD) build-*
