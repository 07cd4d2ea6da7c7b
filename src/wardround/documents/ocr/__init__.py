"""Reading the characters of a picture, with whatever program is there."""
