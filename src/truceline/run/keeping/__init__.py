"""What is done about a kept record while a mission runs: signed, witnessed, stamped, and brought to others."""
