"""Python in the page: where its parts come from, and what is put into the site (see book/decisions/live.md)."""
