#!/usr/bin/env python3
"""Precision and recall of each detector on labelled captures, and what its page says of it.

  detection_measure.py DIR OUT [--write PAGES --date YYYY-MM-DD]

DIR holds NAME.labels.json and score.py, OUT the NAME.jsonl that scripts/detection.sh left there. Precision: findings of low
severity or more that meet an episode, of all findings of the detector. Recall: episodes of its kinds that it told, of all such
episodes. With --write the section "Measured" of every page in PAGES (docs/detectors) is written anew.
"""
import argparse, importlib.util, json, pathlib, re, sys

# Kinds of episodes (as score.py knows them) that a detector is for. Others are told by it too, and count for precision.
KINDS = {
    'object-enumeration': r'^bola_enumeration',
    'object-write': r'^bola_write',
    'foreign-write': r'^bola_write',
    'misplaced-object': r'^bola_enumeration',
    'unauthenticated-success': r'unauthenticated',
    'scraping': r'scrape',
    'over-consumption': r'overconsumption|contact_import',
    'application-dos': r'dos',
    'query-cost': r'dos_(deep|alias)|graphql_batch',
    'schema-introspection': r'introspection',
    'api-fuzzing': r'api_fuzzing',
    'credential-attack': r'user_enumeration|graphql_batch_brute',
    'password-spraying': r'password_spraying',
    'credential-stuffing': r'credential_stuffing',
    'secret-guessing': r'coupon|brute_force_admin|graphql_batch_brute',
    'token-forging': r'jwt',
    'injection': r'injection|sqlmap',
    'path-traversal': r'injection_mixed|traversal',
    'jndi-lookup': r'log4',
    'server-side-request-forgery': r'ssrf',
    'function-level-access': r'bfla_admin|exposure_debug|brute_force_admin',
    'function-probing': r'bfla_probe',
    'mass-assignment': r'mass_assignment',
    'stolen-credential': r'stolen|leaked',
    'scan': r'discovery|suggestion_recon',
    'internal-exposed': r'internal_endpoint',
    'new-endpoint': r'shadow_endpoint',
    'sensitive-data-new': r'schema_growth',
    'sensitive-data-unauthenticated': r'exposure_debug|unauthenticated_private',
}
HEAD = '## Measured'


def scorer(folder):
    spec = importlib.util.spec_from_file_location('score', folder / 'score.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(folder, out):
    score = scorer(folder)
    found, kinds = {}, {}
    for path in sorted(folder.glob('*.labels.json')):
        labels = json.load(path.open())
        if labels.get('per_transaction'):
            continue
        name = path.name.removesuffix('.labels.json')
        targets = [score.Target(episode, []) for episode in labels['episodes']]
        for target in targets:
            for detector, kind in KINDS.items():
                if re.search(kind, target.e['kind']):
                    kinds.setdefault(detector, {})[target.id] = False
        for number, line in enumerate((out / f'{name}.jsonl').open()):
            record = json.loads(line)
            if record.get('kind') != 'finding' or record['severity'] == 'info':
                continue
            finding, detector = score.parse(record, number), record['detector']
            hit = [target for target in targets if target.match(finding, 5, 3600, .02)]
            entry = found.setdefault(detector, {'all': 0, 'met': 0})
            entry['all'] += 1
            entry['met'] += bool(hit)
            for target in hit:
                if target.id in kinds.get(detector, {}):
                    kinds[detector][target.id] = True
    return found, kinds


def text(detector, found, kinds, date):
    entry, mine = found.get(detector), kinds.get(detector)
    parts = []
    if entry:
        parts.append(f"precision {entry['met']}/{entry['all']} ({entry['met'] / entry['all']:.2f})")
    else:
        parts.append('no finding, so no false one')
    if mine:
        told = sum(mine.values())
        parts.append(f'recall {told}/{len(mine)} ({told / len(mine):.2f}) of the episodes of its kind')
    else:
        parts.append('no episode of its kind')
    return (f'{HEAD}\n\n{date}, on the labelled captures that the detectors were made with (three applications, 73 virtual days, '
            f'52 episodes):\n{"; ".join(parts)}. Captures of others are another matter.\n\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('out', type=pathlib.Path)
    parser.add_argument('--write', type=pathlib.Path)
    parser.add_argument('--date', default='')
    args = parser.parse_args()
    found, kinds = measure(args.folder, args.out)
    for detector in sorted(set(found) | set(KINDS)):
        print(f'{detector:32}', ' '.join(text(detector, found, kinds, args.date).split('\n')[3:4]))
    if not args.write:
        return 0
    for page in sorted(args.write.glob('*.md')):
        body = page.read_text()
        if page.stem == 'README' or '\n## References' not in body:
            continue
        body = re.sub(rf'{HEAD}\n.*?(?=^## )', '', body, flags=re.S | re.M)
        page.write_text(body.replace('## References', text(page.stem, found, kinds, args.date) + '## References', 1))
    return 0


if __name__ == '__main__':
    sys.exit(main())
