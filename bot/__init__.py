"""The Discord bot: turns slash commands into recipes, and files into messages.

Knows no tensor and no pixel; of ``generator`` it imports the published contract only (recipe, protocol, errors, stamp).
"""
