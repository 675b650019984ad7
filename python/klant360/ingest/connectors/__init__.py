"""Connectors: how the exports of known systems fill the tables of the contract."""
