"""Text as such: languages, sentences, terms and concepts."""
