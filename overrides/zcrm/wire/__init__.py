"""The wire: how a call leaves and an answer comes back. The only room that knows httpx and httpcore."""
