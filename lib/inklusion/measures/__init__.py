"""Pure statistical functions: arrays in, arrays or tables out; no Denmark, no files, no plots."""
