"""The shoulders and what is worn on them."""
