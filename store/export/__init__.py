"""What Whimbrel remembers as training data: one pass over the memory, in a form of the reader's choice."""
