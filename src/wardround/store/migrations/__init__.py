"""The steps that bring a database up to date, in the order of ``versions/``; applied when a store is opened."""
