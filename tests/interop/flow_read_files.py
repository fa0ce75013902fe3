"""Read the files that a client has stored, each with what it was stored with.

flow_read_files.py ENDPOINT USER SECRET FOLDER IDS, where IDS is what flow_legacy.py has printed.
"""

import hashlib
import json
import sys

from session import session

endpoint, user, secret, folder, ids = sys.argv[1:6]
syn = session(endpoint, secret, folder, user)
files = json.loads(ids)["files"]
for name, known in files.items():
    entity = syn.get(known["id"])
    with open(entity.path, "rb") as file:
        assert hashlib.md5(file.read()).hexdigest() == known["md5"], name
    assert name == "small.tsv" or entity["kind"] == ["test"]  # that one was stored again without
print("read", len(files))
