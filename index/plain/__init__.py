"""The scorer alone: lines of text to their BM25 scores, and nothing else done for a question.

Terms are runs of [a-z0-9] in lower case; there are no stems, stop words or other wordings, and the
text is not kept. It is what engines can be compared by, on the same terms, and what a question
costs before all else that is done for it.
"""

from index.plain.opened import PlainIndex as PlainIndex
from index.plain.opened import build as build
