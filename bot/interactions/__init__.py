"""What clicks, menus, dialogs and right-clicks do."""
