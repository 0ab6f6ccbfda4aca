"""Commands behind the Makefile: each module is one command and says in its first line what it does."""
