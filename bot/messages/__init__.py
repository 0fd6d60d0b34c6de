"""Builds what people see in Discord: captions, progress, buttons, menus, dialogs. Does not decide when."""
