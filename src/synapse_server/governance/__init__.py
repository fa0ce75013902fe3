"""Governance: access requirements, approvals, and how approval is asked for and given."""
