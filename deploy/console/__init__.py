"""The pages' parts that other people made, fetched from npm by their lock and laid where the program serves them."""
