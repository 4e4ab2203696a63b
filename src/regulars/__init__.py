"""Regulars: an open-source loyalty platform. The folders beside this file are its bands; see ARCHITECTURE.md."""
