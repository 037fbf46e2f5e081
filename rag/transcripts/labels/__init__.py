"""Who speaks where on a page: the forms of its speaker labels, inferred from the whole page."""
