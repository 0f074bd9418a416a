# SPDX-License-Identifier: MIT
# A short way into meson, which builds everything. `make help` lists the goals.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)

.DEFAULT_GOAL := build
.PHONY: build check demo bench install asan tsan clean help packages

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

# Configures $(1) with the options $(2), unless that was done; silent if well.
configure = @test -f $(1)/build.ninja || \
	{ log=$$(meson setup $(1) $(2) 2>&1) || { echo "$$log"; exit 1; }; }

packages:
	@tools/install-packages build

#: make           build the library and its tests into build/
build: packages
	$(call configure,$(BUILD),--prefix=$(PREFIX))
	@ninja -j$(JOBS) -C $(BUILD)

#: make check     everything CI runs: compilers, backends, sanitizers, checks
check: packages
	@tools/install-packages check
	@tools/check

#: make demo      build, then show what it does (examples/demo/demo.sh)
demo: build
	@tools/install-packages demo
	@examples/demo/demo.sh $(BUILD)

#: make bench     measure, beside other libraries (bench/run.py)
bench: packages
	@tools/install-packages bench
	$(call configure,$(BUILD)-bench,-Dbench=true -Dtests=false)
	@ninja -j$(JOBS) -C $(BUILD)-bench
	@bench/run.py $(BUILD)-bench

#: make install   into PREFIX (/usr/local), below DESTDIR if that is set
install: build
	@meson configure $(BUILD) --prefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install --quiet -C $(BUILD)

#: make asan      build and test with the address and UB sanitizers
asan: packages
	@tools/install-packages check
	@tools/check asan

#: make tsan      build and test with the thread sanitizer
tsan: packages
	@tools/install-packages check
	@tools/check tsan

#: make clean     remove what the build made
clean:
	@rm -rf $(BUILD) $(BUILD)-*
