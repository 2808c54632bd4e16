"""Training runs: request, plan, drive, queue, record, recipes."""
