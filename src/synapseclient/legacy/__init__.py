"""The public methods of ``Synapse``, a noun a file, each a mixin."""
