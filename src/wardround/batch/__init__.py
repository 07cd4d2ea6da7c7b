"""Many notes or studies at once, on one machine or a cluster."""
