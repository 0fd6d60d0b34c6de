"""The encoding of files beside the drawing: whose file is next, and the processes that encode."""
