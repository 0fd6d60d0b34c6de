"""Runs of the kind "like": an uploaded picture in, the nearest face out, beside other people's batches."""
