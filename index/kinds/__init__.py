"""What kind of answer a question asks for, what kinds a text holds, and whether they fit.

Each is imported from its own module: a process that reads documents asks no questions, and need
not wait until the patterns of asking are compiled.
"""
