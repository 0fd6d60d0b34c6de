"""Builds what people see in Discord: captions, explanations, progress, buttons, menus, dialogs. Does not decide when."""
