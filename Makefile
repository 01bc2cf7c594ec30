# `make` prints the verbs.

PREFIX ?= /usr
# Where this system's systemd looks, so that the distribution's packaging helpers find the units: /lib/systemd/system on
# Debian 12, /usr/lib/systemd/system elsewhere.
UNITDIR ?= $(or $(shell pkg-config --variable=systemdsystemunitdir systemd 2>/dev/null),/lib/systemd/system)
LIBDIR = $(patsubst %/systemd/system,%,$(UNITDIR))

BIN ?= target/release/cloud-timesync
# Debian's; elsewhere it is zsh/site-functions.
ZSH_COMPLETIONS ?= zsh/vendor-completions
SHARE = $(DESTDIR)$(PREFIX)/share
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

# All tests but the boots of real machines, which take minutes and need the package.
SUITES = $(patsubst tests/%/main.rs,%,$(wildcard tests/*/main.rs)) $(patsubst tests/%.rs,%,$(wildcard tests/*.rs))
QUICK_TESTS = --lib --bins $(patsubst %,--test %,$(filter-out boot packages,$(SUITES)))
BOOT_TESTS = cargo test --locked --test boot --
# At a time: a guest waits for much of its boot, so there may be more than cores.
GUESTS ?= 3

# Shell: which of these programs, and libudev's headers, are not there.
missing = missing=; for tool in $(1); do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	pkg-config --exists libudev 2>/dev/null || missing="$$missing libudev-dev"

# Shell: the list of crates that a program has in it, beside the packages.
list_crates = if command -v cargo-auditable >/dev/null && command -v auditable2cdx >/dev/null; then \
	    auditable2cdx $(1) >dist/cloud-timesync.cdx.json; \
	else \
	    echo 'There is no list of crates in the package: make tools installs cargo-auditable.' >&2; \
	fi

FUZZ_SECONDS ?= 10
FUZZ_TARGETS ?= $(patsubst fuzz/seeds/%,%,$(wildcard fuzz/seeds/*))

.NOTPARALLEL:
.PHONY: help tools build deb rpm reproducible check-packages test test-all quick-test fuzz fuzz-seeds soak bench check-cost bench-migration demo lint install clean

help: ## print the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28

tools: ## install what a build and the tests need (Debian; cargo 1.89 or later comes from rustup)
	@command -v cargo >/dev/null || { echo 'cargo 1.89 or later is needed: https://rustup.rs' >&2; exit 1; }
	@$(call missing,cc cpio debugedit dh dpkg-buildpackage eu-strip lintian man pkg-config rpmbuild rpmlint strace systemd-analyze); [ -x /usr/bin/time ] || missing="$$missing time"; \
	if [ -n "$$missing" ]; then \
	    $(SUDO) apt-get update && \
	    $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
	        build-essential cpio debhelper debugedit elfutils iproute2 libudev-dev lintian man-db pkg-config rpm rpmlint strace systemd time \
	        libcap2 libedit2 libgnutls30 libnettle8 libseccomp2; \
	fi
	@command -v cargo-auditable >/dev/null && command -v auditable2cdx >/dev/null || \
	    cargo install --locked --quiet cargo-auditable auditable2cdx
	@if [ -e tests/boot/install-tools.sh ]; then $(SUDO) tests/boot/install-tools.sh; fi

# --locked: from the crates that Cargo.lock names, and from no others. cargo-auditable writes the list of them into the
# program; without it the program is built all the same. No path of the builder stays in it: the same sources give the
# same bytes wherever they lie.
CARGO_HOME ?= $(HOME)/.cargo
# By both of its names, where it is a link.
CRATES = $(sort $(CARGO_HOME)/registry $(realpath $(CARGO_HOME)/registry))
REMAP = --remap-path-prefix=$(CURDIR)=/usr/src/cloud-timesync $(CRATES:%=--remap-path-prefix=%/src=/usr/src/crates)
AUDITABLE = $(if $(shell command -v cargo-auditable),auditable)
build: ## compile the program
	RUSTFLAGS="$$RUSTFLAGS $(REMAP)" cargo $(AUDITABLE) build --release --locked

# Build dependencies are not checked by dpkg (a cargo of rustup is no Debian package): cargo itself says when it is too
# old, the first line says what else is missing.
deb: $(if $(ARCH),build) ## build dist/*.deb, with the debug symbols in a package of their own; ARCH=arm64 for that one
	@$(call missing,cargo cc dh dpkg-buildpackage pkg-config); \
	[ -z "$$missing" ] || { echo "The package cannot be built without$$missing: run make tools." >&2; exit 1; }
ifdef ARCH
	@mkdir -p dist && rm -f dist/*_$(ARCH).*
	debian/cross $(ARCH)
else
	@mkdir -p dist && rm -f dist/*.deb dist/*.buildinfo dist/*.changes
	DESTINATION=$(CURDIR)/dist dpkg-buildpackage --build=binary --no-sign --no-check-builddeps \
	    --buildinfo-file=dist/cloud-timesync.buildinfo --buildinfo-option=-udist \
	    --changes-file=dist/cloud-timesync.changes --changes-option=-udist
	@$(call list_crates,debian/cloud-timesync/usr/bin/cloud-timesync)
endif
	@ls -l dist/*.deb

# In place, so that nothing is compiled again. BuildRequires has rpm's names, which mean nothing to Debian. The shim stands in
# where systemd's own macros are not installed: a --target has rpmbuild read them. With the changelog's time and no
# host's name: the same bytes each time.
RPM_MACROS = $(shell rpm --showrc | sed -n 's/^Macro path: //p')
RPM_SHIM = $(if $(filter /%,$(shell rpm --eval %_unitdir)),,'--macros=$(RPM_MACROS):rpm/macros.debian')
# Another architecture's program cannot be run here, nor does this one's strip know it: elfutils has stripped it by then.
RPM_CPU := $(if $(ARCH),$(shell dpkg-architecture --host-arch $(ARCH) --query DEB_HOST_GNU_CPU 2>/dev/null),$(shell uname -m))
RPM_CROSS = --nocheck --define '__brp_strip %{nil}' --define '__brp_strip_comment_note %{nil}'
RPM_BIN = $(if $(ARCH),target/cross-$(ARCH)/target/$(RPM_CPU)-unknown-linux-gnu/release/cloud-timesync,$(BIN))
rpm: $(if $(ARCH),deb,build) ## build dist/*.rpm, with the debug symbols in a package of their own; ARCH=arm64 for that one
	@$(call missing,debugedit dpkg-parsechangelog eu-strip rpmbuild); \
	[ -z "$$missing" ] || { echo "The package cannot be built without$$missing: run make tools." >&2; exit 1; }
	@mkdir -p dist && rm -f dist/*.$(RPM_CPU).rpm
	SOURCE_DATE_EPOCH=$$(dpkg-parsechangelog --show-field Timestamp) BIN=$(RPM_BIN) \
	rpmbuild -bb --quiet --build-in-place --without compile --nodeps $(RPM_SHIM) --target $(RPM_CPU)-linux $(if $(ARCH),$(RPM_CROSS)) \
	    --define '_topdir $(CURDIR)/target/rpm' --define '_rpmdir $(CURDIR)/dist' --define '_buildhost localhost' \
	    --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' \
	    --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' rpm/cloud-timesync.spec
	@rm -f debugfiles.list debuglinks.list debugsources.list elfbins.list
ifndef ARCH
	@$(call list_crates,$(BIN))
endif
	@ls -l dist/*.rpm

reproducible: deb rpm ## build the packages once more, elsewhere, and compare the bytes
	debian/reproducible

# Needs the packages: what lintian and rpmlint think of them, and what is in them.
check-packages: ## lintian, rpmlint, and what the packages hold
	lintian --allow-root --fail-on error,warning dist/*.changes
	rpmlint --config rpm/rpmlint.toml rpm/cloud-timesync.spec dist/*.rpm
	cargo test --locked --test packages

lint: ## formatting, clippy, and with cargo-deny installed the licences
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked --test '*' -- -D warnings
	@if command -v cargo-deny >/dev/null; then cargo deny --locked --offline check bans licenses sources; fi

# Debian's chronyd, unpacked and never installed: tests let it parse what is written.
target/chrony:
	mkdir -p $@.new
	cd $@.new && apt-get download --quiet chrony && dpkg-deb --extract chrony_*.deb .
	mv $@.new $@

quick-test: target/chrony ## all tests that boot no machine
	REQUIRE_TOOLS=1 cargo test --locked $(QUICK_TESTS)

test: lint quick-test deb rpm check-packages check-cost fuzz-seeds ## everything that CI runs: lint, tests, the packages, and boots of real machines
	$(BOOT_TESTS) --test-threads=$(GUESTS)

test-all: test reproducible ## the same, with a second build, arm64, and the boots that are too slow for CI
	$(SUDO) tests/boot/install-tools.sh arm64
	$(MAKE) --no-print-directory rpm ARCH=arm64
	$(MAKE) --no-print-directory check-packages
	$(BOOT_TESTS) --test-threads=$(GUESTS) --ignored --skip demo --skip bench_ --skip powercut::twenty

# Coverage and sanitizer flags are nightly's; RUSTC_BOOTSTRAP lets the stable compiler take them, for this only. What was
# learned stays in target/fuzz/corpus; seeds/ is never written. Leaks are not looked for: the thread that asks the metadata
# services outlives its caller by design, and with it what it holds.
fuzz: ## FUZZ_SECONDS=10: feed what comes from outside to its parsers, each for so long
	@command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
	@for target in $(FUZZ_TARGETS); do \
	    mkdir -p target/fuzz/corpus/$$target target/fuzz/artifacts/$$target; \
	    echo "fuzz: $$target for $(FUZZ_SECONDS) s"; \
	    RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir fuzz --target-dir target/fuzz/build $$target \
	        target/fuzz/corpus/$$target fuzz/seeds/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=20 -max_len=16384 -detect_leaks=0 \
	        -artifact_prefix=target/fuzz/artifacts/$$target/ -verbosity=0 -print_final_stats=1 \
	        >target/fuzz/$$target.log 2>&1 || { tail -40 target/fuzz/$$target.log; exit 1; }; \
	    grep -e number_of_executed_units target/fuzz/$$target.log; \
	done

# Without the fuzzer's own build: each target on its seeds, once.
fuzz-seeds: ## what the fuzzers begin with, through the parsers once
	cargo build --quiet --locked --manifest-path fuzz/Cargo.toml --target-dir target/fuzz/plain
	@for target in $(FUZZ_TARGETS); do \
	    target/fuzz/plain/debug/$$target fuzz/seeds/$$target/* >target/fuzz/$$target.seeds.log 2>&1 || \
	        { tail -40 target/fuzz/$$target.seeds.log; exit 1; }; \
	done

soak: quick-test deb ## the long forms of the tests of faults, then FUZZ_SECONDS=600 of each fuzzer; about two hours
	cargo test --locked --test containers -- soak_ --ignored --nocapture
	PROPTEST_CASES=$(SEQUENCES) cargo test --locked --test faults -- --ignored --nocapture
	$(BOOT_TESTS) powercut:: --ignored --nocapture
	$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=$(if $(filter command line,$(origin FUZZ_SECONDS)),$(FUZZ_SECONDS),600)
SEQUENCES ?= 1200

# Debian 12's own valgrind, 3.19, does not know openat2(2). The others are for the containers, which are Debian 13's too.
target/tools:
	mmdebstrap --quiet --variant=extract --include=valgrind,strace,time trixie $@.new && mv $@.new $@

MEASURE = cargo run --quiet --locked --manifest-path bench/Cargo.toml --target-dir target/bench --
BENCH ?= alone growth live reloads sandbox boot

bench: build target/tools $(if $(filter boot sandbox,$(BENCH)),deb) ## BENCH="alone growth live reloads sandbox boot": what the program and the gate cost, into bench/results/; or clock: a right clock, two hours
	@for part in $(BENCH); do $(MEASURE) $$part || exit 1; done

check-cost: target/tools ## no verb takes over 10 % more instructions than in bench/results/
	@$(MEASURE) check

bench-migration: deb ## how a clock comes back after a pause of its machine, by step policy; about 45 minutes
	$(BOOT_TESTS) migration::bench_ --ignored --nocapture --test-threads=3

demo: ## CLOUD=aws|gce|azure|oci: boot a machine as that cloud's first boot, and show what happens
	@case '$(CLOUD)' in \
	    aws|gce|azure|oci) ;; \
	    *) echo "There is no demo for CLOUD='$(CLOUD)': it is one of aws, gce, azure and oci." >&2; exit 2 ;; \
	esac
	@$(MAKE) --no-print-directory tools deb
	CLOUD=$(CLOUD) $(BOOT_TESTS) demo --ignored --nocapture

# The one list of what is installed, for the packages too.
install: ## install into DESTDIR= what was built
	@[ -x $(BIN) ] || { echo '$(BIN) is not there yet: run make build first.' >&2; exit 1; }
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/cloud-timesync
	install -d $(DESTDIR)/etc/cloud-timesync/config.toml.d
	config=$(DESTDIR)/etc/cloud-timesync/config.toml; \
	if [ -e "$$config" ] && ! cmp -s cloud-timesync.toml "$$config"; then \
	    echo "$$config stays as it is; the new one is beside it: $$config.new" >&2; config="$$config.new"; \
	fi; \
	install -m 644 cloud-timesync.toml "$$config"
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) systemd/*.service systemd/*.target
	install -d $(DESTDIR)$(UNITDIR)/network-online.target.wants
	ln -sf ../cloud-timesync-resolve.service $(DESTDIR)$(UNITDIR)/network-online.target.wants/
	install -D -m 644 -t $(DESTDIR)$(LIBDIR)/systemd/system-preset systemd/*.preset
	install -D -m 644 -t $(DESTDIR)$(LIBDIR)/udev/rules.d systemd/*.rules
	$(if $(wildcard systemd/*.catalog),install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/catalog systemd/*.catalog)
	install -D -m 644 -t $(SHARE)/man/man8 man/*.8
	install -D -m 644 -t $(SHARE)/man/man5 man/*.5
	install -D -m 644 completions/cloud-timesync.bash $(SHARE)/bash-completion/completions/cloud-timesync
	install -D -m 644 completions/cloud-timesync.zsh $(SHARE)/$(ZSH_COMPLETIONS)/_cloud-timesync
	install -D -m 644 -t $(SHARE)/fish/vendor_completions.d completions/cloud-timesync.fish
	install -D -m 644 -t $(SHARE)/doc/cloud-timesync $(filter-out docs/releasing.md,$(wildcard README.md docs/*.md)) LICENSE-MIT LICENSE-APACHE

clean: ## remove what a build made
	cargo clean
	rm -rf dist
	debian/rules override_dh_clean
