"""A page to paint with, and the HTTP API that it uses.

``server`` starts uvicorn with ``app``. ``store`` keeps pictures and jobs in a folder;
``jobs`` has one process, ``worker``, find masks and paint; ``page/`` is what a browser
shows.
"""
