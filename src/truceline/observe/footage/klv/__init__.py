"""MISB metadata, set by set: what one packet of a drone's video says of camera, picture and things seen in it.

In: the bytes of one set, cut out of a stream by `Splitter`.
Out: columns of FRAMES and SIGHTINGS, without ids and origin, which `observe.footage.reading` adds.
Promises: no byte raises; what is damaged is read as far as it can be framed, and says so.
Trusts: nothing but the standards, ST 0601, 0102, 0903 and EG 0104.
To change how bytes are cut into sets open sets.py; poses: poses.py; older ones: universal.py; time: times.py
To change what a camera's own detector may say open vmti.py; markings: markings.py
"""
