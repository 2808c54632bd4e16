"""A toy modality: points in the plane. It holds that nobody outside a folder knows a modality."""
