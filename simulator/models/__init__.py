"""Models of DynamoDB, SQS and Secrets Manager, held to the real ones by contract tests."""
