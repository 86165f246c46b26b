#!/usr/bin/env python3
"""Writes labelled captures of an application that no detector was made with, in the form that scripts/detection.sh scores.

  heldout_detection.py OUT [NAME…]

OUT gets NAME.pcap.gz, NAME.labels.json and NAME.transactions.jsonl.gz; a NAME that ends in -quiet has no attack. The
application stands behind a proxy: score it with APITAP_ZONES_TRUSTED_PROXIES=10.200.0.2. Further applications are one
module with a `build(name, seed, attacks)` each. Sets that thresholds were looked at with are no longer held out: write another.
"""
import importlib
import sys

# Module and seed of each application.
APPLICATIONS = {'hospital': ('heldout_hospital', 44), 'travel': ('heldout_travel', 61), 'charging': ('heldout_charging', 83),
                'grocer': ('heldout_grocer', 97), 'kanban': ('heldout_kanban', 57), 'insurer': ('heldout_insurer', 4711), 'radio': ('heldout_radio', 1881),
                'garage': ('heldout_garage', 2203), 'juice': ('heldout_juice', 2026),
                'payroll': ('heldout_payroll', 5309), 'tickets': ('heldout_tickets', 3517),
                'bank': ('heldout_bank', 11), 'dine': ('heldout_dine', 11), 'forum': ('heldout_forum', 11), 'fleet': ('heldout_fleet', 11)}


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out, names = sys.argv[1], sys.argv[2:] or [name + end for name in APPLICATIONS for end in ('', '-quiet')]
    for name in names:
        module, seed = APPLICATIONS[name.split('-')[0]]
        quiet = name.endswith('-quiet')
        importlib.import_module(module).build(name, seed + 100 * quiet, not quiet).write(out)


if __name__ == '__main__':
    main()
