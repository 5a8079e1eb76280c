"""The server, its application and the pages for browsers."""
