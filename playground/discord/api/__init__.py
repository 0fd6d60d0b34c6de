"""The REST API that discord.py uses: its routes, request bodies, responses and rate limits."""
