"""Defines what buttons, menus, dialogs and right-click commands do."""
