"""What the functions do, written against ports: no AWS, no HTTP, no clock of its own."""
