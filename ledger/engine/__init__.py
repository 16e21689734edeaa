"""The only place where store and chain meet: operations go out, events come in."""
