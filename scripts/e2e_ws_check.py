"""Checks what was told of captures of WebSockets against what their servers logged, for e2e-ws.sh.

    e2e_ws_check.py FOLDER PEER=PORT...

In FOLDER: `server.log` (server port, client port, who sent it, bytes of content, CRC-32, for each message) and, where there were
other requests, `requests.log` (server port, path, status, bytes of the answer); for each capture what `decode --streams` told
(`NAME.jsonl`) and said at its end (`NAME.said`), and the messages that were kept (`NAME.messages`).
Whole or out of order: as many messages and bytes as were logged, on each connection, and all other requests. Spoilt: no
message or request is told that was not logged, none twice, and a connection that is told short says that something is missing.
Where one joined in its middle is not told at all, the coverage must be short of its bytes.
"""
import collections
import json
import pathlib
import re
import sys

WHOLE = ('whole', 'reordered')
SPOILT = ('lost0', 'lost1', 'lost2', 'lost3', 'middle')
# Marks that say nothing of content.
NO_MARKS = {'capture.clock'}
# Percent of the bytes that may count as understood where connections joined in their middle are not told.
UNTOLD_SHARE_MAX = 95


def logs(folder):
    """Messages by what they are; messages and content by connection and who sent them; other requests."""
    messages, sums, requests = collections.Counter(), collections.Counter(), collections.Counter()
    for line in open(folder / 'server.log'):
        row = tuple(line.split())
        messages[row] += 1
        sums[row[:3] + ('messages',)] += 1
        sums[row[:3] + ('content',)] += int(row[3])
    if (folder / 'requests.log').exists():
        requests.update(tuple(line.split()) for line in open(folder / 'requests.log'))
    return messages, sums, requests


class Told:
    """What was told of one capture."""

    def __init__(self, path):
        self.sums, self.requests = collections.Counter(), collections.Counter()
        self.read, self.unread = collections.Counter(), collections.Counter()
        self.missing, self.spoilt, self.in_part = 0, set(), 0
        for line in open(path):
            row = json.loads(line)
            self.marks(row)
            if 'stream' in row:
                self.stream(row)
            else:
                self.request(row)
        self.sums = +self.sums

    def marks(self, row):
        streams = [row['sent'], row['received']] if 'stream' in row else []
        unread = sum(counts['unread'] for counts in streams)
        self.missing += row['missing_bytes']
        if row['missing_bytes'] or unread or set(row['anomalies']) - NO_MARKS:
            self.spoilt.add((str(row['dport']), str(row['sport'])))

    def stream(self, row):
        port, client = str(row['dport']), str(row['sport'])
        for by, counts in (('client', row['sent']), ('server', row['received'])):
            self.sums[(port, client, by, 'messages')] += counts['messages']
            self.sums[(port, client, by, 'content')] += counts['content_bytes']
            self.unread[port] += counts['unread']
            self.read[port] += counts['messages'] - counts['unread']

    def request(self, row):
        if row['method'] == 'CONNECT' or row['status'] == 101:
            return
        if None in (row['target'], row['status'], row['resp_body_len']):
            self.in_part += 1
        else:
            self.requests[(str(row['dport']), row['target'], str(row['status']), str(row['resp_body_len']))] += 1


def understood(path):
    """Of the payload, in percent."""
    return float(re.search(r'Coverage +([0-9.]+) %', path.read_text()).group(1))


def figures(told, sums, peers):
    """Of each peer: messages read + told as unread / logged."""
    for peer, port in peers:
        logged = sum(n for key, n in sums.items() if key[0] == port and key[3] == 'messages')
        yield f'{peer} {told.read[port]}+{told.unread[port]}/{logged}'


def check(folder, name, peers, log):
    messages, sums, requests = log
    told = Told(folder / f'{name}.jsonl')
    # Content that was kept: all of the clients' messages that are not over 64 KiB, a sample of the servers'.
    rows = (tuple(line.split()) for line in open(folder / f'{name}.messages'))
    kept = collections.Counter(row for row in rows if row[4] != '-')
    wrong = (kept - messages) + (told.requests - requests)
    more = told.sums - sums
    short = {key[:2] for key in sums - told.sums}
    untold = {connection for connection in short if not any(key[:2] == connection for key in told.sums)}
    # Who joins a connection in its middle may not know what it is, and tells nothing of it.
    silent = short - told.spoilt - (untold if name == 'middle' else set())
    share = understood(folder / f'{name}.said')
    fault = wrong or more or silent or name == 'middle' and untold and share > UNTOLD_SHARE_MAX
    if name in WHOLE:
        fault = fault or short or told.missing or sum(told.unread.values()) or told.requests != requests or told.in_part
    print(f"{'FAIL' if fault else 'ok  '} {name}: {', '.join(figures(told, sums, peers))}; {share} % understood, {told.missing} bytes "
          f"missing, {sum(kept.values())} compared, {sum(wrong.values())} wrong, {len(silent)} silent, {len(untold)} not told"
          + (f'; {sum(told.requests.values())}/{sum(requests.values())} requests, {told.in_part} in part' if requests else ''))
    for what, some in (('wrong', wrong), ('too much', more), ('silent', silent)):
        for row in list(some)[:5]:
            print(f'     {what}:', *row)
    return bool(fault)


def main(folder, peers):
    folder = pathlib.Path(folder)
    log = logs(folder)
    sys.exit(any([check(folder, name, peers, log) for name in WHOLE + SPOILT]))


main(sys.argv[1], [peer.split('=') for peer in sys.argv[2:]])
