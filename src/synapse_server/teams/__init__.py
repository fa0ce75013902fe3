"""Teams: groups of users that ACLs can name; their members, invitations and requests to join.

A team is a principal of kind ``team``; who may do what with it stands in an ACL of kind ``team``.
A *manager* is a member whom that ACL gives TEAM_MEMBERSHIP_UPDATE; every team has one.
"""
