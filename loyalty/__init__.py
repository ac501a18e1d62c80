"""The person: members and their points."""
