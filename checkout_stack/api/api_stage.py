"""The stage of a checkout's HTTP API, and the log of who called it."""

from __future__ import annotations

import json

from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_logs as logs
from constructs import Construct

from checkout_stack.foundation.acknowledged_findings import acknowledge
from checkout_stack.foundation.function_settings import FunctionSettings, make_log_group

#: What is logged of a request: no header, no body, no token.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
}


class ApiStage(Construct):
    """The ``$default`` stage, deployed with every change, with an access log in JSON."""

    #: The stage; its address has no stage name in it.
    stage: apigwv2.HttpStage
    #: One record a request, those that the authorizer refused included.
    access_log: logs.LogGroup

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        http_api: apigwv2.IHttpApi,
        settings: FunctionSettings,
    ) -> None:
        """Create the stage.

        :param http_api: The API that it exposes.
        :param settings: Say how long access records, which hold IP addresses, are kept.
        """
        super().__init__(scope, construct_id)
        # Kept like the functions' logs, as the orders are: until each record's retention ends.
        self.access_log = make_log_group(self, "AccessLog", settings)
        self.stage = apigwv2.HttpStage(
            self, "Stage", http_api=http_api, stage_name="$default", auto_deploy=True
        )
        template = self.stage.node.default_child
        assert isinstance(template, apigwv2.CfnStage)
        template.access_log_settings = apigwv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=self.access_log.log_group_arn, format=json.dumps(ACCESS_LOG_FIELDS)
        )
        acknowledge(
            self.access_log,
            {
                "PCI.DSS.321::PCI.DSS.321-CloudWatchLogGroupEncrypted": (
                    "CloudWatch Logs encrypts at rest under its own key. A record holds the "
                    "route, the status and the caller's address; no header, token or body."
                )
            },
        )
