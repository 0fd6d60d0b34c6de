"""What clicks, menus, dialogs and right-clicks do. Does not know how a request is answered."""
