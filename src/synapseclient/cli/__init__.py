"""The commands of ``synapse``, a file a command: ``arguments(parser)`` and ``run(args, syn)``."""
