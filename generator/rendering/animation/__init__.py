"""The frames of animations: in memory or on disk, and how each format of animation is written."""
