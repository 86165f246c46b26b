#!/usr/bin/env python3
"""Holds what `decode --tls` says of captures without HTTP against their content: tls_plain.py CORPUS_DIR OUT_DIR.

CORPUS_DIR/cases/NAME.plain.json has byte count and SHA-256 of each direction, OUT_DIR/NAME.tls the lines of `decode --tls`.
"""
import json
import pathlib
import sys

FIELDS = ["client_bytes", "client_sha256", "server_bytes", "server_sha256"]


def main(corpus, out):
    right, refused, wrong = 0, [], []
    for truth_file in sorted(pathlib.Path(corpus, "cases").glob("*.plain.json")):
        name = truth_file.name.removesuffix(".plain.json")
        truth = json.loads(truth_file.read_text())
        lines = pathlib.Path(out, name + ".tls")
        rows = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
        ends = (truth["client"], truth["server"])
        rows = [row for row in rows if ([row["src"], row["sport"]], [row["dst"], row["dport"]]) == ends]
        if any(all(row[field] == truth[field] for field in FIELDS) for row in rows):
            right += 1
        elif rows and all(row["not_decrypted"] == "suite" for row in rows):
            refused.append(f"{name} ({rows[0]['suite']})")
        else:
            wrong.append((name, [row["not_decrypted"] for row in rows]))
    print(f"TLS content: {right} right, {len(refused)} refused by name, {len(wrong)} wrong")
    for name in refused:
        print(f"  refused: {name}")
    for name, why in wrong:
        print(f"  wrong: {name} {why}")


main(*sys.argv[1:])
