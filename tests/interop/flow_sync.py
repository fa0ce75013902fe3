"""Folders up and down with the official 4.14.0 and ours.

flow_sync.py ENDPOINT USER TOKEN HOME VERB ARGUMENT…

    manifest FOLDER PROJECT FILE   make the folders and write a manifest, as the old function does
    up FILE                        store what a manifest says
    down PROJECT FOLDER            bring a project here
    models-manifest, models-up, models-down    the same with the object-oriented API
"""

import sys

from session import session

import synapseutils
from synapseclient.models import Project

endpoint, _, token, home, verb, *arguments = sys.argv[1:]
syn = session(endpoint, token, home)
if verb == "manifest":
    folder, project, file = arguments
    synapseutils.generate_sync_manifest(syn, folder, project, file)
elif verb == "up":
    synapseutils.syncToSynapse(syn, arguments[0], sendMessages=False)
elif verb == "down":
    project, folder = arguments
    synapseutils.syncFromSynapse(syn, project, path=folder)
elif verb == "models-manifest":
    folder, project, file = arguments
    Project(id=project).generate_sync_manifest(directory_path=folder, manifest_path=file)
elif verb == "models-up":
    project, file = arguments
    Project(id=project).sync_to_synapse(manifest_path=file, send_messages=False)
elif verb == "models-down":
    project, folder = arguments
    Project(id=project).sync_from_synapse(path=folder)
else:
    raise SystemExit(f"what is {verb}?")
print("done")
