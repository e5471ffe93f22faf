"""Raw files in: the manifest that accounts for them and one reader."""
