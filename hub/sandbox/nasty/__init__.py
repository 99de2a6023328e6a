"""Systems that are nasty but fair: each breaks one thing people take for granted, as real products do.

Invented; used in tests and to train the people who write mappings. Each answers correctly to whoever asks
it the way its module's first sentence says.
"""
