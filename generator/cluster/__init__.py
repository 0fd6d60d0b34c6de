"""The same worker on many machines: a dispatcher that speaks the worker's protocol, and an application of Ray Serve."""
