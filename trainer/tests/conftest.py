"""No test asks the hub, and each computes on one thread; set before anything that reads these settings is imported."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"  # more of them only wait for each other on a busy machine
