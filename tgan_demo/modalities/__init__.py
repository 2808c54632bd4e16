"""What a medium is: how its data become tokens and its tokens something a person can look at."""
