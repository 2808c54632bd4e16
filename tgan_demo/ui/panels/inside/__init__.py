"""The Inside tab: attention maps and verdicts."""
