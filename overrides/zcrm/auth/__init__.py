"""Sign-in: what signs requests, and where new access tokens come from."""
