"""Print the findings of cloudformation-validate about one template, as JSON lines.

Runs in the checkers' own environment. Its INFO findings are no faults but facts: that a property is
create-only, that a resource has no tags.
"""

import json
import sys

from cloudformation_validate import CompositeEngine

for found in CompositeEngine().validate_template(sys.argv[1]).diagnostics:
    if found.severity.name != "INFO":
        sys.stdout.write(json.dumps({"rule": found.rule_id, "message": found.message}) + "\n")
