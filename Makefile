# `make` prints the verbs. What they do in more than a few lines is in ci/, with what is not done every day.

PREFIX ?= /usr
# Where this system's systemd looks, and packaging helpers: /lib/systemd/system on Debian 12, /usr/lib/systemd/system elsewhere.
UNITDIR ?= $(or $(shell pkg-config --variable=systemdsystemunitdir systemd 2>/dev/null),/lib/systemd/system)
LIBDIR = $(patsubst %/systemd/system,%,$(UNITDIR))
BIN ?= target/release/cloud-timesync
ZSH_COMPLETIONS ?= zsh/vendor-completions# Debian's; elsewhere it is zsh/site-functions
SHARE = $(DESTDIR)$(PREFIX)/share

# All tests but boots of machines and of containers, which take minutes and need the package, and a cluster's waits.
SUITES = $(patsubst tests/%/main.rs,%,$(wildcard tests/*/main.rs)) $(patsubst tests/%.rs,%,$(wildcard tests/*.rs))
QUICK_TESTS = --lib --bins $(patsubst %,--test %,$(filter-out boot cluster containers packages,$(SUITES)))
BOOT_TESTS = cargo test --locked --test boot --
# At a time: a guest waits for much of its boot, so there may be more than cores.
GUESTS ?= 3

.NOTPARALLEL:
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help: ## print the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

tools: ## install what a build and the tests need, on Debian and Ubuntu; cargo 1.89 or later comes from rustup.rs
	@ci/tools test $(if $(RELEASE),release)

build: ## compile the program, for this machine
	ci/cargo build --release --locked

deb: ## build dist/*.deb, with the debug symbols in a package of their own; ARCH=arm64 for that one
	ci/deb $(ARCH)

rpm: ## build dist/*.rpm in the same way
	ci/rpm $(ARCH)

check-packages: ## lintian, rpmlint, and what the packages in dist/ hold
	ci/check-packages

reproducible: deb rpm ## build the packages once more, elsewhere, and compare the bytes
	ci/reproducible

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

quick-test: target/chrony ## all tests that boot neither a machine nor a container
	REQUIRE_TOOLS=1 cargo test --locked $(QUICK_TESTS)

test: ## everything that CI runs: lint, tests, the packages, and boots of real machines; at its end what each part took
	@GUESTS=$(GUESTS) ci/test

test-all: test reproducible ## the same, with a second build, arm64, and the boots that are too slow for CI
	ci/tools test arm64
	$(MAKE) --no-print-directory deb rpm ARCH=arm64
	ci/check-packages
	$(BOOT_TESTS) --test-threads=$(GUESTS) --ignored --skip demo --skip bench_ --skip powercut::twenty

fuzz: ## FUZZ_SECONDS=10: feed what comes from outside to its parsers, each for so long
	ci/fuzz $(or $(FUZZ_SECONDS),10) $(FUZZ_TARGETS)

soak: quick-test deb ## the long forms of the tests of faults, then FUZZ_SECONDS=600 of each fuzzer; two hours
	ci/soak $(FUZZ_SECONDS)

bench: build deb ## BENCH="alone boot": what the program and the gate cost; ci/bench has all parts
	ci/bench $(BENCH)

count: ## the size of the program: lines of code by room, the median file, the longest function
	@ci/count

demo: ## CLOUD=aws|gce|azure|oci: boot a machine as that cloud's first boot, and show what happens
	@ci/demo '$(CLOUD)'

# The one list of what is installed, for the packages too.
install: ## install into DESTDIR= what was built
	@[ -x $(BIN) ] || { echo '$(BIN) is not there yet: run make build first.' >&2; exit 1; }
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/cloud-timesync
	install -d $(DESTDIR)/etc/cloud-timesync/config.toml.d
	config=$(DESTDIR)/etc/cloud-timesync/config.toml; \
	if [ -e "$$config" ] && ! cmp -s cloud-timesync.toml "$$config"; then \
	    echo "$$config stays as it is; the new one is $$config.new" >&2; config="$$config.new"; \
	fi; \
	install -m 644 cloud-timesync.toml "$$config"
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) systemd/*.service systemd/*.target
	while read -r unit text; do \
	    install -D -m 644 "systemd/$$text" "$(DESTDIR)$(UNITDIR)/$$unit.service.d/05-cloud-timesync.conf" || exit; \
	done <systemd/drop-ins.list
	install -d $(DESTDIR)$(UNITDIR)/network-online.target.wants
	ln -sf ../cloud-timesync-resolve.service $(DESTDIR)$(UNITDIR)/network-online.target.wants/
	install -D -m 644 -t $(DESTDIR)$(LIBDIR)/systemd/system-preset systemd/*.preset
	install -D -m 644 -t $(DESTDIR)$(LIBDIR)/udev/rules.d systemd/*.rules
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/systemd/catalog systemd/*.catalog
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
