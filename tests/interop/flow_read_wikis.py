"""Read the wikis of these projects.

flow_read_wikis.py ENDPOINT USER SECRET FOLDER IDS, where IDS is JSON. Prints pages with their
attachments.
"""

import json
import sys

from session import session

endpoint, user, secret, folder, owners = sys.argv[1:6]
syn = session(endpoint, secret, folder, user)
found = []
for owner in json.loads(owners):
    for header in syn.getWikiHeaders(owner):
        page = syn.getWiki(owner, header["id"])
        names = [each["fileName"] for each in syn.getWikiAttachments(page)]
        found.append([header["id"], header["title"], page.markdown, names])
print(json.dumps(found))
