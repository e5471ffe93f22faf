"""What a table means: columns described once, tables built from them, one function that checks."""
