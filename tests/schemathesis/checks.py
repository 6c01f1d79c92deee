"""Sends the requests that schemathesis makes up to the mock fleet, and looks for secrets in the answers."""

import os

import schemathesis

# Told to every miner before the first request, and put into every body that has room for a password.
SECRET = os.environ["SHIFTBOSS_TEST_SECRET"]
MINERS = os.environ["SHIFTBOSS_TEST_MINERS"].split()
# Nothing else may be asked over the network: the first miner, and a port where nobody listens.
MINER_AT, NOBODY_AT = os.environ["SHIFTBOSS_TEST_ADDRESSES"].split()
# An actor whose end nobody minds; any other would be missed by the requests that follow.
ACTOR = "controller/devices/pool:0/device:" + MINERS[-1]

# Of presets and rollouts that were made meanwhile.
IDS = []


def choose(choices, text):
    """The same choice each time, for a run that can be repeated."""
    return choices[sum(text.encode(errors="replace")) % len(choices)]


def is_mac(value):
    return isinstance(value, str) and len(value) == 17


def is_id(value):
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4


def is_address(value):
    """Whether it may be taken for one: what cannot be printed is refused as it is."""
    return isinstance(value, str) and value.isascii() and value.isprintable()


def tame(name, value):
    """What is sent in place of a value that was made up; what is no right value stays as it is."""
    if is_mac(value):
        return choose([value, *MINERS[:-1]], value)
    if is_id(value):
        return choose([value, *IDS[-3:]], value)
    if name in ("stratumPassword", "fallbackStratumPassword", "wifiPassword", "wifiPass") and isinstance(value, str):
        return SECRET
    if name == "ip" and is_address(value):
        # A device that is moved to where nobody is cannot be told anything: that would be a fault of the test.
        return MINER_AT
    if name == "path" and isinstance(value, str):
        return choose([ACTOR, ACTOR + "x", ""], value)
    return tame_all(value)


def tame_all(value):
    if isinstance(value, dict):
        return {name: tame(name, member) for name, member in value.items()}
    if isinstance(value, list):
        return [tame(None, item) for item in value]
    return value


@schemathesis.hook
def before_call(ctx, case, kwargs):
    if isinstance(case.query, dict):
        asked_at = case.query.get("ip")
        case.query = tame_all(case.query)
        if is_address(asked_at):
            case.query["ip"] = choose([MINER_AT, NOBODY_AT], asked_at)
    if isinstance(case.path_parameters, dict):
        case.path_parameters = tame_all(case.path_parameters)
        # The others stay, to be told and asked.
        if case.method == "DELETE" and case.path_parameters.get("mac") in MINERS:
            case.path_parameters["mac"] = MINERS[1]
    if isinstance(case.body, (dict, list)):
        case.body = tame_all(case.body)


@schemathesis.hook
def after_call(ctx, case, response):
    if case.method == "POST" and response.status_code in (200, 202) and "application/json" in response.headers["content-type"]:
        body = response.json()
        made = body.get("data") if isinstance(body.get("data"), dict) else body
        IDS.extend(value for value in (made.get("uuid"), made.get("id")) if value)


@schemathesis.check
def no_secret(ctx, response, case):
    if SECRET in response.text or any(SECRET in value for values in response.headers.values() for value in values):
        raise AssertionError("the answer tells a password")
