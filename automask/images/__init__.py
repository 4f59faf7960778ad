"""Picture files, read and written.

A file is opened (``opening``), refused where it would take too much memory
(``decoding_memory``), decoded (``decoding``, ``jpeg_files``, ``tiff_files``), averaged
(``averaging``), brought to sRGB and to its size (``srgb``); ``image_files`` does all of
it, and writes pictures whole or not at all.
"""
