"""The REST API that discord.py uses: routes, bodies, responses, rate limits. Does not know the gateway."""
