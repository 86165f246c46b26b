#!/usr/bin/env python3
"""Holds an inventory against labelled traffic: what an endpoint's record says, not only its name.

  discovery_truth.py SETS DIR

SETS is a folder of sets, each with `truth.json.gz` and `transactions.jsonl.gz`. DIR holds for each set NAME
  NAME.jsonl   the lines of `apitap inventory list --format jsonl`
  NAME.audit   (optional) the result of `apitap audit --format json` against NAME.spec.json
  discovery_truth.py --specs SETS DIR writes those NAME.spec.json: the documented operations of the truth, no shadow ones.

Judged are endpoints whose successful transactions are exactly those of one true operation. Printed for each set and in all:
  auth     share of endpoints whose kinds of credentials are the true ones
  query    recall and precision of the names of query parameters
  values   share of path parameters whose class is the one their values were made as
  shadow   share of undocumented operations answered with success that the audit calls shadow, and how many others it calls so
"""
import gzip, json, os, re, sys
from collections import defaultdict
from urllib.parse import unquote

# What values of a kind may be called. Kinds without a shape of their own are left out of the count.
CLASSES = {
    'int': {'int'}, 'smallint': {'int'}, 'snowflake': {'int'}, 'uuid': {'uuid'}, 'hex16': {'hex', 'token'},
    'hex24': {'hex', 'token'}, 'objectid': {'hex', 'token'}, 'digest': {'hex', 'token'}, 'token': {'token'},
    'prefixed': {'token'}, 'b62p': {'token'}, 'b62': {'token'}, 'ulid': {'token'}, 'alnum22': {'token'},
    'b64u': {'token'}, 'date': {'date', 'datetime'}, 'ip': {'ip'}, 'decimal': {'decimal'}, 'email': {'email'},
    'name': {'str'}, 'username': {'str'}, 'slug': {'str'}, 'org': {'str'}, 'vocab': {'str'}, 'enum': {'str'},
    'country': {'str', 'locale'}, 'domain': {'host', 'str'}, 'path': {'str'}, 'ref': {'str'},
}
KINDS = {'bearer_jwt': 'bearer', 'bearer_opaque': 'bearer', 'bearer': 'bearer', 'basic': 'basic'}


def read(path):
    with gzip.open(path, 'rt') as file:
        return json.load(file)


def transactions(folder):
    with gzip.open(os.path.join(folder, 'transactions.jsonl.gz'), 'rt') as file:
        return [json.loads(line) for line in file]


def segments(path):
    return [unquote(part) for part in path.split('?')[0].split('#')[0].split('/') if part]


VARIABLE = re.compile(r'\{[^{}]*\}')


def pattern(template):
    """A regular expression over segments joined by a slash that cannot stand in one, and its rank: the least is the best."""
    out, rank = [], []
    for part in [part for part in template.split('/') if part]:
        variable = VARIABLE.search(part)
        if re.fullmatch(r'\{[^{}]*[+*]\}', part):
            out.append('.+')
        elif variable:
            pieces = re.split('(%s)' % VARIABLE.pattern, part)
            out.append(''.join('[^\0]+' if VARIABLE.fullmatch(p) else re.escape(unquote(p)) for p in pieces if p))
        else:
            out.append(re.escape(unquote(part)))
        rank.append(1 if variable else 0)
    return re.compile('\0'.join(out), re.S | re.I), (sum(rank), rank)


def assign(endpoints, calls):
    """For each call the endpoint that names it, or None."""
    by_method = defaultdict(list)
    for endpoint in endpoints:
        by_method[endpoint['method']].append((*pattern(endpoint['template']), endpoint))
    for of_method in by_method.values():
        of_method.sort(key=lambda entry: entry[1])
    memo = {}
    for call in calls:
        key = call['method'], call['path']
        if key not in memo:
            text = '\0'.join(segments(call['path']))
            memo[key] = next((e for rx, _, e in by_method[key[0]] if rx.fullmatch(text)), None)
        yield memo[key]


def pairs(endpoints, truth, calls):
    """Endpoints that are exactly one true operation."""
    got, true = defaultdict(set), defaultdict(set)
    for at, (endpoint, call, label) in enumerate(zip(assign(endpoints, calls), calls, truth['labels'])):
        if 200 <= call['status'] < 400:
            if endpoint:
                got[endpoint['id']].add(at)
            if label >= 0:
                true[label].add(at)
    operations = {frozenset(v): k for k, v in true.items()}
    by_id = {operation['id']: operation for operation in truth['operations']}
    for endpoint in endpoints:
        label = operations.get(frozenset(got.get(endpoint['id'], ())))
        if label is not None:
            yield endpoint, by_id[label]


def auth_of(endpoint):
    return {KINDS.get(kind, 'apiKey' if 'key' in kind or 'other' in kind else kind)
            for kind in endpoint['auth'] if kind != 'none'}


def true_auth(operation):
    # A key sent in `Authorization: Bearer …` is a bearer token on the wire, whatever its description calls it.
    kinds = {'bearer' if kind.lower() == 'apikey:authorization' else kind.split(':')[0] for kind in operation['auth']}
    return kinds - {'none'}


def class_of(template, at):
    part = [part for part in template.split('/') if part][at:at + 1]
    found = re.search(r'\{([a-z_]+)[^{}]*\}', part[0]) if part else None
    return found.group(1) if found else None


def values(endpoint, operation):
    """(right, judged) over the path parameters of one operation."""
    right = judged = 0
    for at, part in enumerate(part for part in operation['template'].split('/') if part):
        for name in re.findall(r'\{([^{}]*)\}', part):
            allowed = CLASSES.get(operation['param_kinds'].get(name.rstrip('+*')))
            found = class_of(endpoint['template'], at)
            # A parameter that had one value so far is rightly a word of the path still.
            if allowed and found:
                judged += 1
                right += found in allowed
    return right, judged


def shadow(truth, audit):
    """(found, true, told beside)"""
    told = [(issue['method'], issue['path']) for issue in audit['issues'] if issue['detector'] == 'shadow-endpoint']
    true = [o for o in truth['operations'] if o['shadow'] and o['ok']]

    def same(one, operation):
        other = operation['template']
        return one[0] == operation['method'] and (
            VARIABLE.sub('{}', one[1]) == VARIABLE.sub('{}', other)
            # A parameter with one value so far is a word still.
            or pattern(other)[0].fullmatch('\0'.join(segments(one[1]))))

    found = sum(any(same(one, operation) for one in told) for operation in true)
    return found, len(true), sum(not any(same(one, operation) for operation in true) for one in told)


def judge(folder, listed, audit):
    truth, calls = read(os.path.join(folder, 'truth.json.gz')), transactions(folder)
    sums = defaultdict(int)
    for endpoint, operation in pairs(listed, truth, calls):
        sums['endpoints'] += 1
        sums['auth'] += auth_of(endpoint) == true_auth(operation)
        names = {p['name'] for p in endpoint['params'] if p['in'] == 'query'}
        wanted = {name for name, count in operation['query'].items() if count}
        sums['query_both'] += len(names & wanted)
        sums['query_found'] += len(names)
        sums['query_true'] += len(wanted)
        right, judged = values(endpoint, operation)
        sums['values'] += right
        sums['values_judged'] += judged
    if audit is not None:
        sums['shadow'], sums['shadow_true'], sums['shadow_beside'] = shadow(truth, audit)
    return sums


def share(part, whole):
    return '%.3f' % (part / whole) if whole else '-'


def row(name, s):
    print('%-22s %9d %6s %7s %7s %7s %9s %6d' % (
        name, s['endpoints'], share(s['auth'], s['endpoints']), share(s['query_both'], s['query_true']),
        share(s['query_both'], s['query_found']), share(s['values'], s['values_judged']),
        share(s['shadow'], s['shadow_true']), s['shadow_beside']))


def write_specs(sets, out):
    for name in names_of(sets):
        truth = read(os.path.join(sets, name, 'truth.json.gz'))
        paths = defaultdict(dict)
        known = [(o['method'], o['template']) for o in truth['operations'] if not o['shadow']]
        for method, template in known + [tuple(line.split(' ', 1)) for line in truth['silent_operations']]:
            parameters = [{'name': p, 'in': 'path', 'required': True, 'schema': {'type': 'string'}}
                          for p in re.findall(r'\{([^{}]*)\}', template)]
            paths[template][method.lower()] = {'parameters': parameters, 'responses': {'default': {'description': 'any'}}}
        document = {'openapi': '3.1.0', 'info': {'title': name, 'version': '1'},
                    'servers': [{'url': 'http://' + truth['host']}], 'paths': paths}
        with open(os.path.join(out, name + '.spec.json'), 'w') as file:
            json.dump(document, file)


def names_of(sets):
    return sorted(n for n in os.listdir(sets) if os.path.exists(os.path.join(sets, n, 'truth.json.gz')))


def main(args):
    if len(args) == 3 and args[0] == '--specs':
        write_specs(args[1], args[2])
        return 0
    if len(args) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    print('%-22s %9s %6s %7s %7s %7s %9s %6s' % (
        'set', 'endpoints', 'auth', 'query R', 'query P', 'values', 'shadow R', 'beside'))
    total = defaultdict(int)
    for name in names_of(args[0]):
        listed, audited = (os.path.join(args[1], name + end) for end in ('.jsonl', '.audit'))
        if not os.path.exists(listed):
            continue
        with open(listed) as file:
            endpoints = [json.loads(line) for line in file]
        audit = None
        if os.path.exists(audited):
            with open(audited) as file:
                audit = json.load(file)
        sums = judge(os.path.join(args[0], name), endpoints, audit)
        row(name, sums)
        for key, count in sums.items():
            total[key] += count
    row('all', total)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
