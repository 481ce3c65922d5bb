# For those who like make; run.py does the work.
PYTHON ?= python3

.PHONY: demo test setup
demo test setup:
	$(PYTHON) run.py $@
