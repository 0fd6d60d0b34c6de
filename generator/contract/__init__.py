"""Everything that both sides of the pipes know: recipes, messages, errors, stamps. Standard library only."""
