"""Says how botocore reads files. One request a line, one answer a line, both in JSON.

A request has the texts of the two files in base64, or null for a file that is missing. An answer has, for each
file, what botocore reads or the line for which it refuses the file, and the merged profiles if it reads both.
"""

import base64
import configparser
import json
import os
import sys
import tempfile

import botocore.configloader as loader
from botocore.exceptions import ConfigParseError
from botocore.session import Session


def refusal(error):
    """The line for which a file is refused, null where botocore does not say it."""
    cause = error.kwargs["error"]
    if isinstance(cause, configparser.ParsingError):
        if isinstance(cause, configparser.MissingSectionHeaderError):
            return cause.lineno
        return cause.errors[0][0]
    return getattr(cause, "lineno", None)


def read(function, path):
    try:
        return {"read": function(path)}
    except ConfigParseError as error:
        return {"refused": refusal(error), "says": str(error)}


def leniently(path):
    """The sections of a file in which duplicates are allowed, and nothing else that is wrong."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read([path])
    except (configparser.Error, UnicodeDecodeError):
        return None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def answer(request, directory, session):
    paths = {}
    for kind in ("config", "credentials"):
        paths[kind] = os.path.join(directory, kind)
        if request[kind] is None:
            if os.path.exists(paths[kind]):
                os.remove(paths[kind])
            continue
        with open(paths[kind], "wb") as file:
            file.write(base64.b64decode(request[kind]))
    missing = {"read": None}
    config, credentials = missing, missing
    if request["config"] is not None:
        config = read(loader.load_config, paths["config"])
    if request["credentials"] is not None:
        credentials = read(loader.raw_config_parse, paths["credentials"])
    merged = lenient = None
    if "read" in config and "read" in credentials:
        # A new session for each pair of files would take most of the time.
        session._config = None
        merged = session.full_config["profiles"]
    elif request["credentials"] is not None:
        lenient = leniently(paths["credentials"])
    return {"config": config, "credentials": credentials, "merged": merged, "lenient": lenient}


def main():
    with tempfile.TemporaryDirectory() as directory:
        session = Session()
        session.set_config_variable("config_file", os.path.join(directory, "config"))
        session.set_config_variable("credentials_file", os.path.join(directory, "credentials"))
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line), directory, session)), flush=True)


main()
