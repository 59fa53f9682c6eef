"""Whether one order takes the same when there are a hundred and when there are many more."""
