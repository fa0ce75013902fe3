"""Utilities over synapseclient: bulk transfer, copies, walks. They come with a later release."""
