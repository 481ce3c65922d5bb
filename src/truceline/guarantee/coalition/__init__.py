"""Whether it can work: requirements against pledges, coalitions, reasons, worlds."""
