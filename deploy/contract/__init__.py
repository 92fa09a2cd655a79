"""The contract as a page to read: checked and rendered by AsyncAPI's own tools, which come from npm by their lock."""
