"""What an operator does to a deployed checkout, on AWS and on the local stack alike."""
