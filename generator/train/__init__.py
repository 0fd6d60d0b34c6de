"""Trains networks. The bot never loads this package; only the commands train, evaluate and directions do."""
