# Two commands on a machine with Python 3.11 and make: `make book` and `make test`. Both set up first, once.
VENV ?= .venv
PROFILE ?= small
SEED ?= 0
PYTHON ?= $(shell command -v python3.11 || command -v python3)

.PHONY: setup book test test-book test-kill test-cluster test-paper-size record-transcript notebooks record measure-cost record-loss-curves record-throughput record-circulant record-circulant-training record-tensor-train record-recurrent record-detector record-pipeline lock clean
.DEFAULT_GOAL := book

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later is needed, and neither python3.11 nor python3 is on the path" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"make: Python 3.11 or later is needed, $(PYTHON) is {sys.version.split()[0]}")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

book: setup  ## the whole book at a profile (PROFILE=smoke is a quick trial): _build/html/index.html
	@$(VENV)/bin/compactvid book --profile $(PROFILE) --seed $(SEED)

test: setup  ## every test but those of the built book, on all cores
	@$(VENV)/bin/python -m pytest --numprocesses auto --dist loadscope -m "not book"

test-book: setup  ## the smoke book built from nothing and killed meanwhile, its values and its pages, which Chromium opens
	@$(VENV)/bin/python -m pytest -m book

test-kill: setup  ## SIGKILL at random moments: 50 in runs, 20 in builds of the smoke book, which end as undisturbed ones
	@COMPACTVID_RUN_KILLS=50 COMPACTVID_BOOK_KILLS=20 $(VENV)/bin/python -m pytest --capture=no --timeout 5400 tests/kill

test-cluster: setup  ## the smoke book through a SLURM that is set up on this machine; needs root and Debian
	@$(VENV)/bin/python -m pytest --capture=no --timeout 3600 tests/cluster

record-transcript: setup  ## the same, and what it printed kept for the book
	@COMPACTVID_TRANSCRIPT=results/measured/slurm_transcript.txt $(VENV)/bin/python -m pytest --capture=no --timeout 3600 tests/cluster

test-paper-size: setup  ## YHLS of Liu & Liu at the paper's size as one SavedModel: minutes, 6 GiB; results/measured/paper_size.json
	@$(VENV)/bin/python -m pytest --timeout 3000 tests/paper_size

notebooks: setup  ## write notebooks/*.ipynb from notebooks/*.py, which is the truth
	@$(VENV)/bin/jupytext --quiet --update --to ipynb notebooks/*.py

record: setup  ## evidence of a heavy profile, kept in results/: make record STEM=real_video_level PROFILE=real
	$(VENV)/bin/compactvid run $(STEM) --profile $(PROFILE) --seed $(SEED)
	$(VENV)/bin/compactvid execute $(STEM) --profile $(PROFILE) --seed $(SEED) --output _build/recorded/$(STEM).ipynb
	mkdir -p results/$(PROFILE) && cp _build/results/$(PROFILE)/$(STEM).json results/$(PROFILE)/

measure-cost: setup  ## what trainings cost on this machine, and the prediction for the paper's; leave it alone meanwhile
	$(VENV)/bin/python benchmarks/cost.py --output results/measured/cost.json

record-loss-curves: setup  ## one training on one device, on four simulated ones and in two processes, on JAX
	$(VENV)/bin/python benchmarks/loss_curves.py --output results/measured/loss_curves.json

record-throughput:  ## examples/s of the paper-size model on this machine's GPU; PYTHON needs NumPy, JAX and Keras only
	KERAS_BACKEND=jax $(PYTHON) benchmarks/throughput.py --output results/measured/throughput.json

record-circulant: setup  ## circulant layers and products against dense ones, at the paper's sizes: minutes; leave the machine alone
	$(VENV)/bin/python benchmarks/circulant.py --output results/measured/circulant.json

record-tensor-train: setup  ## tensor-train products against dense ones, and against t3f where it is on PYTHONPATH: minutes; leave the machine alone
	$(VENV)/bin/python benchmarks/tensor_train.py --output results/measured/tensor_train.json

record-recurrent: setup  ## training steps of the recurrent networks at the paper's size: minutes, 4 GB of memory; leave the machine alone
	$(VENV)/bin/python benchmarks/recurrent.py --output results/measured/recurrent.json

record-circulant-training: setup  ## training steps by circulant factors, at the paper's size: minutes, 8 GB of memory
	$(VENV)/bin/python benchmarks/circulant_training.py --output results/measured/circulant_training.json

record-detector: setup  ## Tiny YOLOv2 at its full size as LiteRT files, float32 and 8 bits: a minute or two; leave the machine alone
	$(VENV)/bin/python benchmarks/detector.py --output results/measured/detector.json

record-pipeline: setup  ## the online program stage by stage, at the paper's size and scaled down, and its memory: minutes; leave the machine alone
	$(VENV)/bin/python benchmarks/pipeline.py --output results/measured/pipeline.json

lock:  ## resolve pyproject.toml again into requirements.lock; needs uv
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --upgrade --quiet --output-file requirements.lock

clean:  ## everything that `make book` makes, but not the trained runs (.runs) and the environment
	rm -rf _build book/notebooks book/generated .snakemake
