"""Erasure, access and the personal data that no mart may publish."""
