"""Files of footage: their pictures, what is made from them, and what one file is worth."""
