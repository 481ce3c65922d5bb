"""The ground and the rays that meet it: plain arithmetic over arrays, one column for each ray."""
