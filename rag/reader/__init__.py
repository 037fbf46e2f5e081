"""Reading: does a passage state what is asked, and do cited sentences bear a claim out?"""
