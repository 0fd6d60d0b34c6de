"""What a training run writes while it runs, beside its checkpoint: figures, snapshots and sheets."""
