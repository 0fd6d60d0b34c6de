"""The hair: locks in space, their styles, and how they are drawn."""
