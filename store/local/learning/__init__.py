"""What the user's words teach: examples, their sides and labels, trainings, and what judges them."""
