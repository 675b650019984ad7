"""What Python adds to identity resolution."""
