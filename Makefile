# Two front doors, each with all its own set-up: `make demo` and `make test`.

SEED ?= 1
AUTHORISED ?= 1
DATA ?= $(wildcard ../shared/data)
PICTURES ?= 1500
VENV := .venv
BIN := $(VENV)/bin
CODE := edge hardware-sim deploy tests

export MOSQUITTO := $(abspath $(BIN)/mosquitto)
export LAMPPOST_DATA ?= $(abspath $(DATA))
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help demo test lint models mosquitto softhsm clean
.PHONY: film-speed soak camera-soak abreast chaos powercut canaries fleet fuzz fuzz-topics mutants contract-page interop-clients
.PHONY: deb deb-twice deb-test boot boot-machine tpm update-test ansible-check ansible-test replay-card replay-313
.PHONY: bench-peers bench-embedders console-parts console-demo test-browser enrol-10000 scenarios campaign endurance seeded

help:
	@echo "make demo [SEED=n] [AUTHORISED=0]   the main job, end to end, on a simulated street"
	@echo "make console-demo [SEED=n]          the same street, and the control room's own page to decide on: prints its link"
	@echo "make test                           lint, types, import contracts and all quick tests"
	@echo
	@echo "Longer, each with all its own set-up:"
	@echo "make soak [MINUTES=30]              the real daemon on a busy street: how long a lead takes, and what grows"
	@echo "make camera-soak [HOURS=8]          hours of a street, the camera lost every ten minutes: what comes back, what grows"
	@echo "make film-speed [SCENE=day]         how fast a scenario's street is drawn; what the models make of it by condition"
	@echo "make abreast [MINUTES=1]            throughput of 1, 2 and 4 cameras on one box"
	@echo "make chaos [KILLS=1000] [SEED=1]    broken paths, killed brokers, a full disk, kills of the daemon: nothing lost"
	@echo "make canaries [PEOPLE=5000]         marked people pass the real daemon, and every place is searched for them"
	@echo "make fleet [DEVICES=500]            hundreds of devices over TLS, a broker that dies, and a hostile one among them"
	@echo "make fuzz [INPUTS=1000000]          random and damaged input for every reader of outside bytes"
	@echo "make fuzz-topics [INPUTS=1000000]   messages on every topic for a whole device: executed, refused or counted"
	@echo "make mutants [ONLY=file]            does a test fail when a door is changed?"
	@echo "make scenarios                      the gallery of the scripted grade, with every promise: a table"
	@echo "make campaign [TIMELINES=10000]     random timelines, every promise held against each; the shortest that breaks one"
	@echo "make endurance [DAYS=30]            simulated days of on and off: every promise each day, growth bounded"
	@echo "make seeded [ONLY=name]             does the gallery notice faults that were seeded in the product?"
	@echo "make contract-page                  what crosses the broker, checked by AsyncAPI's tools, as a page to read"
	@echo "make interop-clients                other people's MQTT clients read, verify and answer the real device"
	@echo "make test-browser                   a deployment day in the console, through a browser: two operators, 60 hits"
	@echo "make bench-peers [MINUTES=n]        other open chains and Lamppost on the same frames"
	@echo "make enrol-10000 [PICTURES=10000]   enrolment: how long, how much memory, and what three kills lose"
	@echo "make bench-embedders                other embedders of registry packages beside the product's own"
	@echo
	@echo "What is shipped (all but deb, deb-twice, ansible-check and replay-card ask for root):"
	@echo "make deb [ONLY='--suite ...']       the Debian packages, with bill of materials and release manifest"
	@echo "make deb-twice [ONLY='--suite ...'] a package is built twice, and the bytes are compared"
	@echo "make deb-test [ONLY='--suite ...']  the packages on clean Debians, from installation to purge, arm64 too"
	@echo "make boot [ONLY=trixie]             the service on a freshly booted Debian, from start to removal"
	@echo "make boot-machine                   the same in a virtual machine, for what a container does not enforce"
	@echo "make tpm                            keys sealed by a software TPM, in a virtual machine"
	@echo "make powercut [CUTS=200] [SEED=1]   power cuts while a device is provisioned, starts, loads its list and looks"
	@echo "make update-test [CUTS=6]           signed updates, going back and power cuts on booted Debians"
	@echo "make ansible-check                  the playbook: ansible-lint, syntax; shellcheck of every script"
	@echo "make ansible-test                   the playbook on a booted broker and node, twice: the second changes nothing"
	@echo "make replay-card, make replay-313   a scene with tflite-runtime on CPython 3.11; with the package on 3.13"
	@echo
	@echo "make models                         obtain the weights and build the int8 models"
	@echo "make clean                          remove the environment and what was written; the models' cache stays"

demo: $(VENV)/installed-sim mosquitto models
	@$(BIN)/hardware-sim demo --seed $(SEED) $(if $(filter 0,$(AUTHORISED)),--unauthorised)

console-demo: $(VENV)/installed-sim mosquitto models console-parts
	@$(BIN)/hardware-sim console --seed $(SEED)

test: $(VENV)/installed-interop mosquitto softhsm models
	$(BIN)/ruff check --quiet --output-format concise $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy --no-error-summary edge hardware-sim/hardware_sim deploy/models deploy/contract deploy/broker deploy/console deploy/update deploy/package deploy/standards tests
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --durations=10 tests

soak: $(VENV)/installed-sim mosquitto models
	@$(BIN)/hardware-sim latency --seed $(SEED) --minutes $(or $(MINUTES),30) --json

camera-soak: $(VENV)/installed-sim models
	@$(BIN)/python -m hardware_sim.camera_soak --seed $(SEED) --hours $(or $(HOURS),8)

chaos: $(VENV)/installed-sim mosquitto
	@$(BIN)/python -m hardware_sim.chaos --seed $(SEED) --kills $(or $(KILLS),1000) $(if $(ONLY),--only $(ONLY)) $(if $(WAIT),--wait)

powercut: $(VENV)/installed-sim mosquitto
	@unshare --mount $(BIN)/python -m hardware_sim.powercut --seed $(SEED) --cuts $(or $(CUTS),200) $(if $(ONLY),--only $(ONLY))

tpm: $(VENV)/installed-run
	@deploy/setup/tpm.sh $(VENV)

canaries: $(VENV)/installed-dev mosquitto
	@LAMPPOST_CANARIES=$(or $(PEOPLE),5000) $(BIN)/python -m pytest -q -rs --durations=5 tests/canaries

fleet: $(VENV)/installed-sim mosquitto
	@$(BIN)/hardware-sim fleet --devices $(or $(DEVICES),500) --seed $(SEED)
	@$(BIN)/hardware-sim idle

fuzz: $(VENV)/installed-dev
	@$(BIN)/python -m tests.fuzz --seed $(SEED) --inputs $(or $(INPUTS),1000000)

fuzz-topics: $(VENV)/installed-dev mosquitto
	@$(BIN)/python -m tests.fuzz.inbound --seed $(SEED) --inputs $(or $(INPUTS),1000000) --process 20000

mutants: $(VENV)/installed-mutants mosquitto
	@$(BIN)/python -m tests.mutants $(ONLY)

scenarios: $(VENV)/installed-sim
	@$(BIN)/hardware-sim scenarios hardware-sim/scenarios

campaign: $(VENV)/installed-sim
	@$(BIN)/hardware-sim campaign --timelines $(or $(TIMELINES),10000) --seed $(SEED)

endurance: $(VENV)/installed-sim
	@$(BIN)/hardware-sim endurance --days $(or $(DAYS),30) --seed $(SEED)

seeded: $(VENV)/installed-dev
	@$(BIN)/python -m tests.seeded $(if $(ONLY),--only $(ONLY))

update-test: $(VENV)/installed-dev
	@LAMPPOST_UPDATE_TEST=1 LAMPPOST_CUTS=$(or $(CUTS),6) LAMPPOST_SEED=$(SEED) $(BIN)/python -m pytest -q -rs -rP --durations=5 tests/updating/test_on_a_booted_machine.py

contract-page: $(VENV)/installed-run
	@$(BIN)/python -m deploy.contract out/contract

interop-clients: $(VENV)/installed-dev mosquitto
	@deploy/setup/mosquitto-clients.sh $(VENV)
	@$(BIN)/python -m tests.interop
	@$(BIN)/python -m pytest -q -rs --durations=5 tests/interop

boot: $(VENV)/installed-dev mosquitto models
	@rm -f out/boot.txt
	@LAMPPOST_BOOT=1 $(BIN)/python -m pytest -q -s -rs $(if $(ONLY),-k $(ONLY)) tests/boot

boot-machine: $(VENV)/installed-dev mosquitto models
	@rm -f out/boot-machine.txt
	@LAMPPOST_BOOT_MACHINE=1 $(BIN)/python -m pytest -q -s -rs tests/boot_machine

film-speed: $(VENV)/installed-sim models
	@$(BIN)/hardware-sim film hardware-sim/scenes/$(or $(SCENE),day).toml --speed
	@$(BIN)/hardware-sim film hardware-sim/scenes/$(or $(SCENE),day).toml --natural

abreast: $(VENV)/installed-sim mosquitto models
	@nice -n 10 $(BIN)/hardware-sim abreast --seed $(SEED) --minutes $(or $(MINUTES),1)

bench-peers: $(VENV)/installed-sim models
	@$(BIN)/python -m tests.bench.peers --data "$(or $(DATA),../shared/data)" --pictures $(PICTURES) $(if $(MINUTES),--minutes $(MINUTES))

enrol-10000: $(VENV)/installed-dev models
	@$(BIN)/python -m tests.bench.enrolling --data "$(or $(DATA),../shared/data)" --seed $(SEED) --pictures $(if $(filter command,$(firstword $(origin PICTURES))),$(PICTURES),10000)

bench-embedders: $(VENV)/installed-measure models
	@$(BIN)/python -m tests.bench.embedders --data $(LAMPPOST_DATA)

ansible-check: $(VENV)/ansible/installed
	@deploy/ansible/check.sh $(VENV)/ansible

ansible-test: $(VENV)/ansible/installed $(VENV)/installed-sim
	@$(BIN)/python -m tests.nodes $(VENV)/ansible

# What other people made of the control room's pages: a renderer and a typeface.
console-parts: $(VENV)/installed-run
	@$(BIN)/python -m deploy.console

test-browser: $(VENV)/browser/installed mosquitto console-parts
	@$(BIN)/python -m deploy.console axe
	@$(VENV)/browser/bin/python -m pytest -q -rs --durations=10 tests/browser

models: $(VENV)/installed-run
	@deploy/setup/share.sh $(VENV)

deb: $(VENV)/installed-run models console-parts
	@$(BIN)/python -m deploy.package $(ONLY)

# Twice, with another umask and another time zone: diff says nothing.
deb-twice: $(VENV)/installed-run models console-parts
	@rm -rf out/twice
	@$(BIN)/python -m deploy.package --out out/twice/1 $(or $(ONLY),--package lamppost --suite trixie --architecture arm64)
	@umask 077; TZ=Asia/Tokyo $(BIN)/python -m deploy.package --out out/twice/2 \
	    $(or $(ONLY),--package lamppost --suite trixie --architecture arm64)
	@diff -r out/twice/1 out/twice/2 && echo "built twice: the same, byte for byte"

deb-test: $(VENV)/installed-dev models
	@$(BIN)/python -m tests.package $(ONLY)

replay-card: $(VENV)/installed-dev models
	@$(BIN)/python -m tests.package --only card

replay-313: $(VENV)/installed-dev models
	@$(BIN)/python -m deploy.package --package lamppost --suite trixie --architecture amd64
	@$(BIN)/python -m tests.package --only replay --suite trixie --architecture amd64

mosquitto: $(VENV)/installed-run
	@deploy/setup/mosquitto.sh $(VENV)

softhsm: $(VENV)/installed-run
	@deploy/setup/softhsm.sh $(VENV)

$(VENV)/installed-%: requirements/%.txt pyproject.toml hardware-sim/pyproject.toml
	@deploy/setup/python.sh $(VENV)
	@echo "setup: installing $*"
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/$*.txt
	@deploy/setup/products.sh $(VENV)
	@touch $(LOWER_$*) $@

# Each lock contains the ones below it.
LOWER_sim := $(VENV)/installed-run
LOWER_dev := $(VENV)/installed-run $(VENV)/installed-sim
LOWER_mutants := $(VENV)/installed-run $(VENV)/installed-sim $(VENV)/installed-dev

# The playbook's tools live apart: nothing else may come to need them.
$(VENV)/ansible/installed: requirements/ansible.txt
	@deploy/setup/python.sh $(VENV)/ansible
	@echo "setup: installing ansible"
	@$(VENV)/ansible/bin/pip install --quiet --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
	    -r requirements/ansible.txt
	@touch $@

# What drives a browser, laid over the environment that the rest is in; the browser is Debian's.
$(VENV)/browser/installed: requirements/browser.txt $(VENV)/installed-dev
	@deploy/setup/browser.sh $(VENV)
	@touch $@

# Another's witnesses and logs, to hold ours against. They ask for CPython 3.12, and run on 3.11.
$(VENV)/installed-interop: requirements/interop.txt $(VENV)/installed-dev
	@echo "setup: installing interop"
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
	    --ignore-requires-python --no-deps -r requirements/interop.txt
	@touch $@

clean:
	rm -rf $(VENV) out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build
