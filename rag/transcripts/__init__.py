"""From files to transcripts, turns and passages."""
