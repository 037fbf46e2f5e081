"""What a question asks, in the corpus's own words."""
