"""Files to documents in processes of their own, so that a hostile one costs itself and no more.

A process that reads is `child`; nothing is imported here, for it loads only what it needs.
"""
