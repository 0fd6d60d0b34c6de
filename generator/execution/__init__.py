"""The ways to execute a network: PyTorch as written, OpenVINO, CUDA graphs."""
