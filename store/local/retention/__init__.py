"""What is kept for how long, and how what is over goes: shown before it runs, by age and by size."""
