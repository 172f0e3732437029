"""Fine-tunes and serves students: one program for the lab's tiny model and for models of 13 billion parameters."""
