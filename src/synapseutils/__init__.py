"""Utilities over synapseclient: whole trees up and down, and walks over them."""

from synapseutils.sync import generate_sync_manifest as generate_sync_manifest
from synapseutils.sync import syncFromSynapse as syncFromSynapse
from synapseutils.sync import syncToSynapse as syncToSynapse
from synapseutils.walk_functions import walk as walk
