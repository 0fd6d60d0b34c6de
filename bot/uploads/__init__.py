"""What people post and the bot reads: fetched from Discord's file hosts, within limits, and then forgotten."""
