"""Strict reading and atomic writing of files, with errors that name file and key."""
