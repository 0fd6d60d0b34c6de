"""What executes a network: itself, OpenVINO, CUDA graphs."""
