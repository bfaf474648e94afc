"""Two versions side by side: on the same pictures held back, and by what people said later."""
