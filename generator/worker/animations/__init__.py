"""Long animations in the worker: where their frames are kept, and for how long they may be drawn."""
