"""The questions: tables in, ``Estimates`` out. Nothing here is shown before it is released."""
