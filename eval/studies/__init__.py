"""What only we run: speed, peers, ablation, calibration, and the making of the reader."""
