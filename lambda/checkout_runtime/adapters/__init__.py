"""The ports of the application on DynamoDB, SQS, Secrets Manager and payment services."""
