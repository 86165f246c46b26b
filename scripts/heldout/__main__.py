"""Makes labelled traffic out of published API descriptions, to check how endpoints are named on APIs nobody tuned for.

  python3 scripts/heldout SPECS OUT [--seed N] [--linked SHARE]

SPECS is a folder of OpenAPI or Swagger documents in JSON; one set is made of each NAME.json:
  OUT/NAME/traffic.pcap           the traffic, HTTP/1.1 over TCP
  OUT/NAME/truth.json.gz          operations, and the label of each transaction
  OUT/NAME/transactions.jsonl.gz  method, path and status of each
in the form that scripts/discovery.sh and scripts/discovery_truth.py take. The documents come from wherever the operator has
them and are not part of this repository. The same seed makes the same bytes. With --linked, that share of the identifiers in
answers are identifiers of paths; without, answers tell nothing of paths.
Python standard library only.
"""
import argparse
import gzip
import json
import pathlib
import random

from capture import Capture
from document import operations
from traffic import Traffic


def write(folder, name, document, seed, linked):
    """One set."""
    rng = random.Random(f"{seed} {name}")
    traffic = Traffic(rng, name, operations(document), linked)
    folder.mkdir(parents=True, exist_ok=True)
    labels, counts = [], {}
    with open(folder / "traffic.pcap", "wb") as out, gzip.open(folder / "transactions.jsonl.gz", "wt") as rows:
        capture = Capture(out, rng)
        for number, (label, exchange) in enumerate(traffic.exchanges()):
            capture.exchange(exchange)
            labels.append(label)
            row = {"i": number, "method": exchange.method, "path": exchange.path, "query": exchange.query}
            rows.write(json.dumps({**row, "status": exchange.status}) + "\n")
            counts.setdefault(label, []).append((exchange.status, exchange.path))
        capture.close()
    truth = {"name": name, "host": traffic.host, "transactions": len(labels), "unknown_paths": traffic.unknown,
             "operations": [described(op, counts[op.number]) for op in traffic.operations if op.number in counts],
             "silent_operations": [f"{op.method} {op.template}" for op in traffic.operations if op.number not in counts],
             "kinds": traffic.kinds, "labels": labels}
    with gzip.open(folder / "truth.json.gz", "wt") as out:
        json.dump(truth, out)
    print(f"{name}: {len(labels)} transactions, {len(truth['operations'])} operations")


def described(op, calls):
    """An operation as the truth holds it."""
    paths = {path for status, path in calls if 200 <= status < 400}
    return {"id": op.number, "method": op.method, "template": op.template, "shadow": op.shadow, "count": len(calls),
            "ok": sum(200 <= status < 400 for status, _ in calls), "distinct_ok_paths": len(paths),
            "param_kinds": op.kinds, "query": {}, "auth": {}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("specs", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--linked", type=float, default=0.0)
    args = parser.parse_args()
    for path in sorted(args.specs.glob("*.json")):
        write(args.out / path.stem, path.stem, json.loads(path.read_text()), args.seed, args.linked)


main()
