"""The results of a run, and the reports made of them."""
