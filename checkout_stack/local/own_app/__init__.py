"""Run somebody's own CDK app on the local AWS, as far as it holds a checkout."""
