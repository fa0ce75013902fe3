"""Utilities over synapseclient: whole trees up and down, copies, walks, and being told."""

from synapseutils.copy_functions import changeFileMetaData as changeFileMetaData
from synapseutils.copy_functions import copy as copy
from synapseutils.copy_functions import copyFileHandles as copyFileHandles
from synapseutils.copy_functions import copyWiki as copyWiki
from synapseutils.describe_functions import describe as describe
from synapseutils.monitor import notify_me_async as notify_me_async
from synapseutils.monitor import notifyMe as notifyMe
from synapseutils.monitor import with_progress_bar as with_progress_bar
from synapseutils.sync import generate_sync_manifest as generate_sync_manifest
from synapseutils.sync import syncFromSynapse as syncFromSynapse
from synapseutils.sync import syncToSynapse as syncToSynapse
from synapseutils.walk_functions import walk as walk
