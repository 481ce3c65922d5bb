"""The nouns, one file each, and the table schemas beside them.

No behaviour beyond what a noun means.
"""
