"""A typed client of the HTTP API (docs/client.md). It knows nothing of the ledger but what the API says.

client    Client: asks again where that is safe, waits for operations, goes through lists
calling   what is asked for, and the seam that it goes through: a Transport
http      that seam by a URL, and signing in with a wallet
problems  what is answered instead, as errors
calls, types   made by scripts/make_client.py: a method for each operation, and the documents
"""
