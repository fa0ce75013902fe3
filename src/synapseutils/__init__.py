"""Utilities over synapseclient: whole trees up and down, copies, and walks."""

from synapseutils.copy_functions import changeFileMetaData as changeFileMetaData
from synapseutils.copy_functions import copy as copy
from synapseutils.copy_functions import copyFileHandles as copyFileHandles
from synapseutils.copy_functions import copyWiki as copyWiki
from synapseutils.sync import generate_sync_manifest as generate_sync_manifest
from synapseutils.sync import syncFromSynapse as syncFromSynapse
from synapseutils.sync import syncToSynapse as syncToSynapse
from synapseutils.walk_functions import walk as walk
