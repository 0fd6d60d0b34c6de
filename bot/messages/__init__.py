"""How things look in Discord: captions, explanations, progress, buttons, menus, dialogs. Decides nothing."""
