"""Says who AWS takes botocore for. One request a line, one answer a line, both in JSON.

A request has the environment, the name of a profile and an MFA code. An answer has the ARN and the region of the
profile, or the error.
"""

import json
import os
import sys

import botocore.session


def answer(request):
    os.environ.clear()
    os.environ.update(request["env"])
    try:
        session = botocore.session.Session(profile=request["profile"])
        region = session.get_scoped_config().get("region")
        provider = session.get_component("credential_provider").get_provider("assume-role")
        provider._prompter = lambda prompt: request["code"]
        client = session.create_client("sts", region_name=region or "us-east-1")
        return {"arn": client.get_caller_identity()["Arn"], "region": region}
    except Exception as error:  # Whatever it is, it is what the user of a tool sees.
        return {"error": str(error)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
