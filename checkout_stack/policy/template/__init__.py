"""CloudFormation templates: read, located, and resolved as far as a template can be."""
