"""What outlives a restart: requests not yet answered, chosen models, finished pictures. Knows no Discord."""
