"""Use cases: what the command line, the HTTP API and the scripts do, each as one call."""
