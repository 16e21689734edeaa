"""What people see of the ledger's documents: pure functions from the JSON that the HTTP API answers to lines of text."""
