"""Words that every other folder may use and that use none of them: errors, units, time, frames, canonical bytes,
trees.
"""
