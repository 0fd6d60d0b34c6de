# The one door, for people and for CI alike. Each target makes what it needs, starting from nothing but Python 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run demo test check format bench clean

run: $(VENV)/.run ## the bot: in Discord when a token is configured, else in the browser
	@if [ -n "$$WAIFUBOT_TOKEN$$WAIFUBOT_TOKEN_FILE" ] || grep -Eqs '^[[:space:]]*token_file *= *"[^"]' config.toml; \
	then exec $(BIN)/python -m bot; \
	else exec $(BIN)/python -m playground; fi

demo: $(VENV)/.run ## the three commands through the whole bot; the pictures land in out/
	$(BIN)/python -m playground --out out \
		--say "/waifu seed:123 psi:0.7" --say "/grid 3" --say "/morph 10 20"

test: $(VENV)/.dev
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) out build dist *.egg-info

$(VENV)/.run: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench,openvino]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ $(VENV)/.run
