"""The REST API that discord.py uses: routes, bodies, responses, rate limits."""
