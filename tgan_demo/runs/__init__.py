"""Training runs: request, plan, drive, queue, record, phases of a recipe."""
