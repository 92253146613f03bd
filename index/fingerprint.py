"""What the text of an index depends on besides the documents.

An index with another fingerprint was made by other rules and is built again. Kept apart from the
readers, so that a question need not load their parsers to compare it.
"""

from index import analysis

# Raise it whenever the paragraphs, passages or metadata of some file change, or what is learned of
# them: the kinds of answers that a passage holds, the abbreviations of a document.
READING = 4
FINGERPRINT = f"reading {READING}, analysis {analysis.FINGERPRINT}"
