#!/bin/bash
# An interactive session on a compute node. Options of the site's command may follow:
#
#     ./interactive.sh --time=04:00:00
#
# Then, on the node:
#
#     module load synapseclient
#     export SYNAPSE_AUTH_TOKEN_FILE=~/.synapse-token
#     synapse get syn1899498
set -euo pipefail
if command -v sinteractive >/dev/null; then
    exec sinteractive "$@"
fi
exec srun --job-name=synapse --cpus-per-task=2 --mem=4G --time=02:00:00 "$@" --pty bash -l
