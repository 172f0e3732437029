"""Fine-tuning and serving of students: one program for the lab's tiny model and a 13 B model alike."""
