"""What a Zoho CRM keeps between requests."""
