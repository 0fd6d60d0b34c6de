"""What a new run can be told about its networks, its schedule and augmentation."""
