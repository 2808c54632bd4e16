"""The Sound tab: pads and beats, spoken numbers and other voices."""
