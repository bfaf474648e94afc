"""Whether the model at work has become worse, and whether it is time to learn anew: pure functions."""
