"""What happens to the device, scenario by scenario. Each is a function of a folder and a seed, and gives an outcome."""
