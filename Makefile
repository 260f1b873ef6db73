# Everything a person or CI does with the project. `make` lists it. Needs python3 (3.11 or later, with venv) and make.

SHELL := /bin/bash
PYTHON ?= python3
ARCH ?=
TARGET ?=
# One process more than cores, since a test waits for its server, or its board, a quarter of its time.
JOBS ?= $(if $(findstring serial:,$(TARGET)),0,$(shell expr $$(nproc 2>/dev/null || echo 2) + 1))
TESTS ?= host_tests

# A file to a process, those that take longest first (host_tests/conftest.py).
SHARED_OUT = -n $(JOBS) --dist loadfile --no-loadscope-reorder

# What runs on every kind of core.
EVERY_CORE = $(addprefix host_tests/,boards/test_emulated_board.py boards/test_emulated_xtensa.py tls/test_board_handshake.py tls/test_faults_emulated.py \
	$(addprefix crypto/test_,aes_gcm.py hashes.py rsa.py curve_vectors.py field_machine.py field_edges.py kernel_sources.py kernels_from_source.py random_verifications.py \
	regular_addresses.py) \
	x509/test_every_cause.py x509/test_signatures.py \
	$(addprefix on_target/,alignment.py core.py crypto_gcm.py crypto_wiping.py crypto_hashes.py p256.py p384.py x25519.py ecdsa.py \
	ecdsa_encoding.py scalars.py field_digits.py field_machine.py machine_code.py rsa_power.py regularity.py crypto_gcm_regular.py slices.py))

VENV := .venv
RUN := $(VENV)/bin/python

# What is made on the way says nothing where it was there already; what was asked for says so.
quiet = $(if $(filter $(1),$(MAKECMDGOALS)),,--quiet)

# A run starts hundreds of Pythons: what one has compiled, the next need not.
unexport PYTHONDONTWRITEBYTECODE

# What the tools read from the environment.
export PEERS SUITES CHIP KEY ECDHE FAULT SRC BUNDLE MICROPYTHON WRITE

.DEFAULT_GOAL := help
.PHONY: help setup build firmware flash board test interop test-cortex-m test-targets check picture pictures demo bench bench-check randomness size clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24
	@echo
	@echo '  SRC=1 loads sources instead of .mpy files, BUNDLE=1 the bundle; MICROPYTHON=path uses another interpreter (1.24 or later).'

setup: ## a virtual environment in .venv with pinned packages; later runs reuse it
	@$(PYTHON) tools/build/setup.py

build: setup ## firmware/latchkey as .mpy files in build/mpy/ARCH and ARCH.romfs, bundled in ARCH-small (ARCH="armv7emsp rv32imc": several)
	@$(RUN) -m tools.build.mpy $(call quiet,build) $(ARCH)

firmware: $(if $(BOARD),setup,build) ## MicroPython for the emulated Cortex-M7, with Debian's tools (BOARD=ESP32_GENERIC MPY_DIR=tree: for a real board)
ifdef BOARD
	@$(RUN) -m tools.build.port $(BOARD) $(if $(MPY_DIR),--tree $(MPY_DIR))
else
	@$(RUN) -m tools.build.firmware $(call quiet,firmware) --if-possible QEMU_CORTEX_M7
endif

flash: setup ## latchkey onto a board (BOARD=ESP32_GENERIC PORT=/dev/ttyACM0 PARTS=core,chip FILES="root.pem device.key")
	@$(RUN) -m tools.build.mpy --quiet $(shell sed -n 's|.*manifests/\([a-z0-9]*\)/.*|\1|p' boards/$(or $(BOARD),none)/manifest.py 2>/dev/null)
	@$(RUN) -m tools.latchkey_tools flash $(addprefix --port ,$(PORT)) $(addprefix --parts ,$(PARTS)) $(addprefix --board boards/,$(BOARD)) $(FILES)

board: build ## an emulated board to hold (UART=127.0.0.1:4433 where its second serial port leads, CORE=rv32, DISK=/flash)
	@$(RUN) -m tools.laboratory.emulator hold $(addprefix --core ,$(CORE)) $(addprefix --disk ,$(DISK)) $(addprefix --uart ,$(UART))

test: build $(if $(TARGET),,firmware) ## all tests (TARGET=unix,serial:/dev/ttyACM0 where; TESTS="host_tests/tls/test_x.py -k word" which)
	@$(RUN) -m host_tests $(SHARED_OUT) $(addprefix --target=,$(TARGET)) $(TESTS)

test-cortex-m: build ## all tests on the emulated Cortex-M7 alone
	@$(RUN) -m tools.build.firmware --quiet QEMU_CORTEX_M7
	@$(RUN) -m host_tests $(SHARED_OUT) --target=cortex_m -k cortex_m $(TESTS)

test-targets: build ## every kind of core: arithmetic, handshake, a case for each cause; on the Cortex-M7 what is long (installs 1.5 GB of tools if it may)
	@$(RUN) -m tools.build.firmware --quiet QEMU_CORTEX_M7 QEMU_CORTEX_M3 QEMU_CORTEX_M0 QEMU_RV32 QEMU_XTENSA
	@$(RUN) -m host_tests $(SHARED_OUT) --target=cortex_m:m3,armv6m,rv32,xtensa -k 'm3 or armv6m or rv32 or xtensa' $(EVERY_CORE)
	@$(RUN) -m host_tests $(SHARED_OUT) --target=cortex_m -m thorough -k cortex_m

interop: build ## every suite with every TLS 1.2 server that can be had, as a table (PEERS=go,node which; SUITES=CCM those with this in their names)
	@$(RUN) -m tools.laboratory.interop

check: setup ## ruff, the directions of imports and the type checker over firmware/, tools/ and host_tests/
	@$(RUN) -m tools.build.check

picture: setup ## which way imports run, drawn: firmware/house.svg (OF=latchkey.x509: within one package)
	@$(RUN) -m tools.build.picture $(OF)

pictures: build ## the README's pictures of handshakes, and bars out of build/bench.json (firmware/manual/*.svg)
	@$(RUN) -m tools.bench.pictures

demo: build ## a mutual TLS 1.2 handshake of MicroPython with openssl s_server (CHIP= KEY= ECDHE= FAULT=)
	@$(RUN) -m tools.laboratory.demo

bench: build ## figures into build/bench.json (ONLY=wire: one group)
	@$(RUN) -m tools.bench $(addprefix --only=,$(ONLY))

bench-check: build firmware ## instructions of handshakes and records against tools/bench/counts.json (WRITE=1: written anew, on purpose)
	@$(RUN) -m tools.bench.check

randomness: build ## a picture of what a board's sources of randomness give (TARGET=serial:/dev/ttyACM0)
	@$(RUN) -m tools.laboratory.randomness $(addprefix --target=,$(TARGET))

size: firmware ## bytes of .mpy and of heap, module by module
	@$(RUN) -m tools.bench.size

clean: ## what was built, and the virtual environment
	rm -rf build $(VENV) .pytest_cache .ruff_cache .hypothesis
