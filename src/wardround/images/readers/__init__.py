"""Readers of images, one family of formats per module."""
