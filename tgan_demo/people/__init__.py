"""Users of a shared server: ids, quotas, what they own."""
