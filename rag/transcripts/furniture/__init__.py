"""What stands on a page around the words and is nobody's."""
