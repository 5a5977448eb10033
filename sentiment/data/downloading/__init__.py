"""Verified downloads of files over HTTP."""
