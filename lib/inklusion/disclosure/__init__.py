"""What may leave: the rule, the cells it hides for the whole edition, and the released tables."""
