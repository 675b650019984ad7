"""The panels, in a folder per page: each file defines one as PANEL; files are in the order of the page."""
