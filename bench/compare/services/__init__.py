"""Firehose, CloudTrail with EventBridge, and SNS, by what their documentation promises."""
