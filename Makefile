# The one door, for people and for CI alike. Each target makes what it needs, starting from nothing but Python 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
CPU_TORCH := https://download.pytorch.org/whl/cpu

# The tests start some hundreds of processes: where compiled modules may not be kept, each of these compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: cluster run demo test test-models check format package bench bench-gpu train-gpu clean

run: $(VENV)/.run ## the bot: in Discord when a token is configured, else in the browser
	@if [ -n "$$WAIFUBOT_TOKEN$$WAIFUBOT_TOKEN_FILE" ] || grep -Eqs '^[[:space:]]*token_file *= *"[^"]' config.toml; \
	then exec $(BIN)/python -m bot; \
	else exec $(BIN)/python -m playground; fi

demo: $(VENV)/.run ## the three commands through the whole bot; the pictures land in out/
	$(BIN)/python -m playground --out out \
		--say "/waifu seed:123 wildness:0.7" --say "/grid 3" --say "/morph 10 20"

test: $(VENV)/.dev ## five at a time: many tests wait for processes; a file stays together, since its tests share a bot
	$(BIN)/python -m pytest -n 5 --dist loadfile --no-loadscope-reorder

test-models: $(VENV)/.dev ## check the shipped models, and record the digests of what was checked
	MODELS=1 $(BIN)/python -m pytest -m models
	$(BIN)/python tests/support/artefacts.py

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

package: $(VENV)/.dev ## the wheel and the source archive, both tried in a folder of their own
	rm -rf build dist
	$(BIN)/python -m build
	PACKAGE=1 $(BIN)/python -m pytest tests/end_to_end/test_package.py

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

# For a machine with a GPU. Where nothing can be installed, GPU_PYTHON names a Python that has the packages. TINY=1
# tries both targets on the processor, in seconds.
GPU_PYTHON ?= $(BIN)/python
OUT ?= out
GPU_RUN ?= runs/train-gpu
ifeq ($(GPU_PYTHON),$(BIN)/python)
bench-gpu: $(VENV)/.bench
train-gpu: $(VENV)/.run
endif

bench-gpu: ## at most 4 minutes: the tests that need a GPU, and what it draws how fast; OUT/bench-gpu.json
	@$(GPU_PYTHON) -m benchmarks.gpu --out "$(OUT)" $(if $(TINY),--tiny)

# At most 8 minutes: about two draw portraits, 1,000 for each core, one is left for the end. A run that is there goes on.
# The run is left in OUT in pieces of at most 15 MiB, since some carriers take no more than 16.
NEW_GPU_RUN = --data artist --name artist --out "$(GPU_RUN)" $(if $(TINY),$(TINY_TRAINING),$(GPU_TRAINING))
GPU_TRAINING = --resolution 256 --batch 32 --kimg 300 --drawings $$((1000 * $$(getconf _NPROCESSORS_ONLN)))
TINY_TRAINING = --resolution 32 --batch 2 --warm-start 0.004 --kimg 0 --drawings 4

train-gpu:
	@$(GPU_PYTHON) -m generator train --device $(if $(TINY),cpu,cuda) --minutes 7 \
		$(if $(wildcard $(GPU_RUN)/settings.json),--resume "$(GPU_RUN)",$(NEW_GPU_RUN)) $(OPTIONS)
	@mkdir -p "$(OUT)"
	@for file in settings.json artist.safetensors state.pt; do \
		rm -f "$(OUT)/$$file".*; split -b 15m -d "$(GPU_RUN)/$$file" "$(OUT)/$$file." || exit 1; done
	@echo 'Join the pieces:  for file in settings.json artist.safetensors state.pt; do cat $(OUT)/$$file.* > RUN/$$file; done'
	@echo 'and go on:        python -m generator train --resume RUN'

clean:
	rm -rf $(VENV) out build dist *.egg-info

# PyTorch first: on Linux without NVIDIA's driver its small CPU build, from PyTorch's own index, or where that cannot be
# reached from the ordinary one. TORCH='torch==2.13.0 --index-url https://...' installs another.
$(VENV)/.torch: constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	if [ -n "$(TORCH)" ]; then $(PIP) $(TORCH); \
	elif [ "$$(uname -s)" = Linux ] && [ ! -e /proc/driver/nvidia ] && ! command -v nvidia-smi >/dev/null; then \
		$(PIP) -c constraints.txt --timeout 10 --retries 0 --index-url $(CPU_TORCH) torch 2>/dev/null || true; fi
	touch $@

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/.torch
	$(PIP) -c constraints.txt -e .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.torch
	$(PIP) -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.run

cluster: $(VENV)/.cluster ## Ray, for the tests of a real cluster and for the machines of one

$(VENV)/.cluster: $(VENV)/.dev
	$(PIP) -c constraints.txt -e '.[dev,cluster]'
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) -c constraints.txt -e '.[dev,bench,openvino]'
	touch $@
