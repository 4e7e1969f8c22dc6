# What a developer types. `make help` lists it.
#
# Only Go, make and git have to be there. What the tests need besides is
# installed by `make deps`, which `make test` calls.

SHELL := /bin/sh
GO ?= go
.DEFAULT_GOAL := help

MODULES := cmd/penstock/modules
# The built-in plugins: most are one module, and each that brings an interpreter is one.
SCRIPTS := $(patsubst plugins/scripts/%/main.go,$(MODULES)/%.wasm,$(wildcard plugins/scripts/*/main.go))
WASM    := $(MODULES)/builtin.wasm $(SCRIPTS)
# What they are made of.
SOURCES := $(shell find plugins wasm/abi -name '*.go' ! -name '*_test.go' ! -path '*/testdata/*' 2>/dev/null) go.mod plugins/scripts/go.mod

# What they say of themselves, options included.
METADATA := plugins/builtin/module.json $(wildcard plugins/filters/*/plugin.json plugins/routers/*/plugin.json)

# Modules of their own: their dependencies stay out of Penstock's.
OTHER_MODULES := $(patsubst %/go.mod,%,$(wildcard examples/demo/go.mod engine/sql/oracle/go.mod wasm/peers/go.mod plugins/scripts/go.mod))

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 10m

.PHONY: help
help: ## list what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  %-14s %s\n", $$1, $$2}'

.PHONY: build
build: bin/penstock ## build bin/penstock, plugins embedded

.PHONY: bin/penstock
bin/penstock: plugins
	@mkdir -p bin
	@$(GO) build -trimpath -o $@ ./cmd/penstock

.PHONY: plugins
plugins: announce $(WASM) ## build the built-in plugins to WebAssembly

.PHONY: examples
examples: deps ## build the example plugins of all languages to bin/examples
	@$(MAKE) --silent -C examples OUT=../bin/examples

# The first build compiles Go's runtime for WebAssembly, which takes a while.
.PHONY: announce
announce:
	@[ -f $(MODULES)/builtin.wasm ] || echo "Building the plugins to WebAssembly; the first time takes a minute or two."

# With the names of functions, for traps: 2 % of the file. RATIONALE.md has the figures. The
# penstock that packs need not have any plugin inside.
PLUGIN := GOOS=wasip1 GOARCH=wasm $(GO) build -buildmode=c-shared -trimpath
PACK   := $(GO) run ./cmd/penstock plugin pack --output

$(MODULES)/builtin.wasm: $(SOURCES) $(METADATA)
	@mkdir -p bin
	@$(PLUGIN) -o bin/builtin.wasm ./plugins/builtin
	@$(PACK) $@ bin/builtin.wasm $(METADATA) >/dev/null

$(SCRIPTS): $(MODULES)/%.wasm: $(SOURCES) plugins/builtin/module.json plugins/scripts/%/plugin.json
	@mkdir -p bin
	@cd plugins/scripts && $(PLUGIN) -o $(CURDIR)/bin/$*.wasm ./$*
	@$(PACK) $@ bin/$*.wasm plugins/builtin/module.json plugins/scripts/$*/plugin.json >/dev/null

# RUN_FLAGS are for the end-to-end test, which has other ports.
.PHONY: run
run: build bin/demo ## start a demo database and Penstock in front of it; Ctrl-C stops both
	@exec bin/demo -penstock bin/penstock -config config.toml $(RUN_FLAGS)

.PHONY: bin/demo
bin/demo:
	@mkdir -p bin
	@[ -x bin/demo ] || echo "Building the demo database (once, a few minutes on a small machine)."
	@cd examples/demo && CGO_ENABLED=0 $(GO) build -trimpath -o ../../bin/demo .

.PHONY: deps
deps: ## install what the tests need (Debian's packages, npm's)
	@sh .ci/deps

.PHONY: test
test: deps plugins lint unit e2e ## everything: formatting, vet, staticcheck, unit and end-to-end tests

# These compile the built-in plugins, which takes a minute with the detector, and start no goroutine.
COMPILE := TestConfigurationsOfDocuments|TestNewProjectsDescribeOptions

.PHONY: unit
unit: plugins ## unit tests with the race detector, the other modules' too
	@echo "== unit tests"
	@CGO_ENABLED=1 $(GO) test -race -timeout 20m -skip '$(COMPILE)' $$($(GO) list ./... | grep -v -e '/e2e' -e '/plugins' -e '/examples' -e '/tck')
	@$(GO) test -timeout 20m -run '$(COMPILE)' ./cmd/penstock
	@# Plugins and their kit have no goroutines; memory is counted without the detector, which makes pools drop things.
	@$(GO) test -timeout 20m ./plugins/... ./wasm/tck/...
	@$(GO) test -timeout 20m -run 'DoesNotAllocate|HoldsLittle' ./engine
	@for m in $(OTHER_MODULES); do (cd $$m && $(GO) test -timeout 10m ./...) || exit 1; done

.PHONY: e2e
e2e: plugins ## end-to-end tests against a real MariaDB primary and replica
	@echo "== end-to-end tests"
	@$(GO) test -count=1 -timeout 20m ./cmd/penstock/e2e/...
	@mkdir -p bin
	@PENSTOCK_CONFORMANCE=$(CURDIR)/bin/conformance.txt $(GO) test -count=1 -timeout 20m ./examples && cat bin/conformance.txt

.PHONY: fmt
fmt: ## format all Go files
	@gofmt -w $$(git ls-files '*.go')

.PHONY: lint
lint: plugins ## gofmt, vet, staticcheck
	@echo "== gofmt, vet, staticcheck"
	@out=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$out" ] || { echo "not formatted (make fmt):"; echo "$$out"; exit 1; }
	@$(GO) vet ./...
	@$(GO) run $(STATICCHECK) ./...
	@for m in $(OTHER_MODULES); do (cd $$m && $(GO) vet ./... && $(GO) run $(STATICCHECK) ./...) || exit 1; done

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (10m)
	@sh .ci/fuzz $(FUZZTIME)

.PHONY: bench
bench: deps plugins ## what Penstock costs, beside what it is meant to; BENCH="-only sessions" for a part
	@$(GO) run ./cmd/penstock/e2e/bench $(BENCH)

.PHONY: clean
clean: ## remove what was built
	@rm -rf bin $(MODULES)/*.wasm
