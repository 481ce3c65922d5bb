"""A text to suggested statements: who said what, in which words, through how many mouths."""
