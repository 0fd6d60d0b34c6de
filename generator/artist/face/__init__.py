"""The face: skin, eyes, brows, nose, mouth, ears, marks, and what is worn on it."""
