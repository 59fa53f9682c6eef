"""What a million orders cost, ours and what users would pick instead: counted work, list prices."""
