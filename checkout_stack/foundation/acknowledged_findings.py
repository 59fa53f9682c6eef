"""Findings of cdk-nag that the constructs accept, each with its reason, next to the resource.

The acknowledgements travel with the constructs, so a team that imports them and runs the same rule
packs gets no findings about resources it did not write. They need CDK only, not cdk-nag.
"""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, findings: Mapping[str, str]) -> None:
    """Record why each finding (id: reason) of ``construct``, and below it, is accepted."""
    cdk.Validations.of(construct).acknowledge(
        *(cdk.Acknowledgment(id=rule, reason=reason) for rule, reason in findings.items())
    )
