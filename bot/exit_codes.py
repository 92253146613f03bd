"""The codes the program ends with: grep's, and what a shell reports for two signals."""

FOUND = 0  # answered, or done
NOTHING_FOUND = 1
ERROR = 2
INTERRUPTED = 128 + 2  # SIGINT
PIPE_CLOSED = 128 + 13  # SIGPIPE
