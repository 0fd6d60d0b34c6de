"""The process that draws: models in memory, batches out of many runs, messages on pipes."""
