"""What a cluster costs, measured on one machine, and what a large one would do, simulated from measured times."""
