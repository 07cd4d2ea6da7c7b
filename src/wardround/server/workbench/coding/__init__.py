"""The page where the codes of a note are reviewed: what it shows, apart from how it looks."""
