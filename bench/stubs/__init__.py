"""What AWS and a payment service answer, in a process whose CPU is not measured."""
