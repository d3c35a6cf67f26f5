# Everything here needs Go. Testing also needs a C compiler for the race
# detector, PostgreSQL and Chromium; scripts/needs says what is missing.
.PHONY: all build run dev example test check generate fresh go-test race bench bench-full attack backups screenshots

VERSION = $$(git describe --tags --always --dirty 2>/dev/null || echo dev)
STATIC  = CGO_ENABLED=0 go
TAGS    = -tags nodynamic

all: build

# The program, into bin/.
build:
	$(STATIC) build $(TAGS) -trimpath -ldflags "-s -w -X nameplate/internal/cli.version=$(VERSION)" -o bin/nameplate ./cmd/nameplate

# A server on this machine, with its data in ./nameplate-data.
run:
	$(STATIC) run $(TAGS) ./cmd/nameplate

# A throw-away server with five people in it.
dev:
	$(STATIC) run $(TAGS) ./cmd/nameplate dev

# A throw-away server and a chat platform whose agents sign in by it.
example:
	$(STATIC) run $(TAGS) ./examples/chat

# All tests. Installs nothing.
test: check
	scripts/needs
	scripts/with-postgres $(MAKE) go-test

# What can be seen without running anything.
check: fresh
	test -z "$$(gofmt -l . | tee /dev/stderr)"
	go vet $(TAGS) ./...
	cd tools && go vet ./...
	go mod tidy -diff
	cd tools && go mod tidy -diff
	go mod verify

# What runs in the goroutine of its request, or as a command in a process of its
# own. With the race detector these tests would take several times as long and
# watch what is shared, the server beneath them, once more.
ALONE = -e /internal/access/ -e /internal/team/ -e /internal/who/ -e '/internal/app$$' -e '/internal/cli$$'

# The journeys drive the program as it is shipped, which has no race detector
# in it, so they and the load generator run without.
go-test:
	CGO_ENABLED=1 go test $(TAGS) -race -count=1 -p 2 -timeout 20m $$(go list $(TAGS) ./... | grep -v -e /e2e -e /bench $(ALONE))
	$(STATIC) test $(TAGS) -count=1 -p 2 -timeout 20m $$(go list $(TAGS) ./... | grep $(ALONE))
	$(STATIC) test $(TAGS) -count=1 -p 1 -timeout 20m ./e2e/... ./bench/...
	cd tools && $(STATIC) test -count=1 ./...

# The race detector over every package: takes about twice as long as it does in
# the tests.
race:
	scripts/with-postgres env CGO_ENABLED=1 go test $(TAGS) -race -count=1 -p 2 -timeout 40m $$(go list $(TAGS) ./... | grep -v -e /e2e -e /bench)

# Pages and assets from their sources.
generate:
	for dir in $$(find $(CURDIR) -name '*.templ' -exec dirname {} + | sort -u); do \
		(cd tools && go tool templ generate -log-level warn -path $$dir) || exit 1; \
	done
	cd tools && go run ./assets

# Fails if a generated file is older than its source.
fresh:
	scripts/fresh $(MAKE) generate

# The quick table of figures, each beside its floor.
bench:
	$(STATIC) run $(TAGS) ./bench

# The same, and pages over 10,000 members and a million entries: takes minutes.
bench-full:
	$(STATIC) run $(TAGS) ./bench -full

# Attacks on a server of its own, each beside the figure to reach.
attack:
	$(STATIC) run $(TAGS) ./bench/attack

# A hundred backups under load, each restored on the other database.
backups:
	scripts/with-postgres go test $(TAGS) -count=1 -timeout 60m ./internal/app -run ABackupUnderLoad -args -backups 50

# A picture of every page into shots/, and those of the guide.
screenshots:
	$(STATIC) test $(TAGS) -count=1 ./e2e -run TestAnAdminConnectsAProviderAndTheFirstMemberSignsIn -args -guide $(CURDIR)/docs/guide/pictures
	$(STATIC) test $(TAGS) -count=1 -timeout 20m ./e2e -run TestEveryPage -args -shots $(CURDIR)/shots

# Archives, Debian packages and checksums into dist/.
release:
	scripts/release
