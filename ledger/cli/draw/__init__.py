"""What people see of the ledger's documents: pure functions from the HTTP API's JSON to lines of text."""
