"""How files are read and written: strictly, whole or not at all, with errors that name file and key."""
