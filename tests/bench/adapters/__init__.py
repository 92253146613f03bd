"""One module for each engine, with the same functions; folders and texts come as str.

    build(text, folder)               a text, one passage a line -> an index in an empty folder
    load(folder)                      whatever `search` takes
    search(opened, question, limit)   the numbers of the best passages, best first
    prepare(text, folder)             if there: what must stand on disk before a build is timed
    BUILDS_WITH                       if there: modules to load before a build is timed
    open_to_add(folder)               if there, with `add`: whatever that takes
    add(opened, text)                 bring one more passage to the disk

Without `add`, the time of a build counts as that of an addition. All get k1 1.2 and b 0.75.
"""
