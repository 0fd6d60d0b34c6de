"""What the owner sees and allows: status, metrics, policy."""
