"""Long experiments."""
