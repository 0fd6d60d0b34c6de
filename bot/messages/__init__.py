"""Builds what people see in Discord: captions, progress, buttons, menus and dialogs. Sends nothing."""
