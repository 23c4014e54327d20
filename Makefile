# Two commands for a newcomer: `make serve` and `make test`. Each sets up what is missing first.
.PHONY: serve test bench bench-peers eval clean setup
SERVE_ARGS ?=
EVAL_ARGS ?=
BENCH_ARGS ?=
BENCH ?= bench

serve:
	@bash deploy/setup.sh serve
	@exec .venv/bin/motcua serve $(SERVE_ARGS)

setup:
	@bash deploy/setup.sh test

test: setup
	@bash deploy/check.sh

# BENCH=filing, kills, replicas, desk_list … takes another part of tests/bench.
bench:
	@bash deploy/setup.sh test
	@.venv/bin/python -m tests.bench.$(BENCH) $(BENCH_ARGS)

# Other search software over the same records and questions, in an environment of its own.
bench-peers:
	@bash deploy/setup.sh peers
	@.venv/bin/python -m tests.bench.peers $(BENCH_ARGS)

eval:
	@bash deploy/setup.sh serve
	@.venv/bin/motcua eval all $(EVAL_ARGS)

# Everything that was made here; var/ (the database and the tickets) stays.
clean:
	rm -rf .venv .venv-rasa .venv-peers .tools web/node_modules web/dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
