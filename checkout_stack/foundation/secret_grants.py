"""Reading one secret, and no more."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager


def grant_read_secret(secret: secretsmanager.ISecret, grantee: iam.IGrantable) -> None:
    """Allow ``grantee`` to read the secret's value: ``secretsmanager:GetSecretValue``, no more.

    ``ISecret.grant_read`` would add ``secretsmanager:DescribeSecret``. A secret imported without
    the six characters that Secrets Manager appends to its name matches by six wildcards.
    """
    arn = secret.secret_full_arn or f"{secret.secret_arn}-??????"
    iam.Grant.add_to_principal(
        grantee=grantee, actions=["secretsmanager:GetSecretValue"], resource_arns=[arn]
    )
    if secret.encryption_key is not None:
        service = f"secretsmanager.{secret.stack.region}.amazonaws.com"
        secret.encryption_key.grant_decrypt(
            kms.ViaServicePrincipal(service, grantee.grant_principal)
        )
