"""Content that holds personal or confidential data: kept encrypted, read with a key, erased by destroying it.

To change what is stored open `form.py`; how it is encrypted, `cipher.py`; where keys are and how one is destroyed,
`vault.py`; what the log has to say about it, `reading.py`.
"""
