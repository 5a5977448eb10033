"""Files fetched over HTTP, whole and checked or not at all."""
