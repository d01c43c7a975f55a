# Everything Python goes to .venv, everything built to dashboard/dist, all state to state/.
PYTHON := $(shell for p in python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null \
  && echo $$p && break; done)
VENV := .venv/bin
DATA ?= ../shared/data
KILLS ?= 30
export INPUT SOURCES ONCE SEARCH PORT OPEN RATE KAFKA REDIS ELASTICSEARCH

.DEFAULT_GOAL := help
.PHONY: help demo test test-redis check setup reset train chaos docs lock clean python

help: ## list what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "make demo takes INPUT=file (replay it), ONCE=1 (end when it is through), SOURCES=reddit,mastodon"
	@echo "(in place of the generator), RATE=n (the generator's messages/s), SEARCH=elasticsearch, PORT=n,"
	@echo "OPEN=0, KAFKA=host:port, REDIS=url, ELASTICSEARCH=url."

demo: setup ## run the whole platform here and show its dashboard
	@exec $(VENV)/python -m local.demo

test: python ## run all tests on real servers and in a real browser
	@$(PYTHON) local/bootstrap.py test
	@exec $(VENV)/python -m local.tests

test-redis: python ## the live store's tests on the machine's redis-server, or on Debian's
	@$(PYTHON) local/bootstrap.py test
	@exec $(VENV)/python -m local.redis_tests

check: python ## the quick gate: format, lint, types, walls, unit tests
	@$(PYTHON) local/bootstrap.py test
	@exec $(VENV)/python -m local.check

setup: python ## only set up what make demo needs
	@$(PYTHON) local/bootstrap.py run

reset: ## forget what the demo has stored
	rm -rf state

train: python ## train the shipped models anew from DATA (default ../shared/data)
	@$(PYTHON) local/bootstrap.py train
	@exec $(VENV)/python -m inference train --data $(DATA)

chaos: python ## kill processes and servers KILLS times (default 30) under load, and count messages
	@$(PYTHON) local/bootstrap.py test
	@exec $(VENV)/python -m chaos faults --kills $(KILLS)

docs: setup ## write the generated documents: settings, schemas, dashboard types
	@$(VENV)/python -m contracts
	@$(VENV)/python -m gateway.documents

lock: python ## resolve the dependencies anew into the lock files
	@$(PYTHON) local/bootstrap.py test
	@exec $(VENV)/python -m local.lock

clean: reset ## remove everything that make made here
	rm -rf .venv .tools dashboard/dist dashboard/node_modules

python:
	@test -n "$(PYTHON)" || { echo "error: Groundswell needs Python 3.11 or 3.12 with venv;" \
	  "install it (Debian: apt install python3 python3-venv; macOS: brew install python@3.12)" >&2; exit 2; }
