"""The back ends that execute a network: PyTorch itself, OpenVINO and CUDA graphs."""
