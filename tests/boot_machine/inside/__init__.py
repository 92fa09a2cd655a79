"""What runs inside the machine: a program that tries limits, and one that has it tried."""
