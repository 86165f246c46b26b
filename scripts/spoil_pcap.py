"""Spoils a capture as taps do: FOLDER/whole.pcap becomes `lost` (1 % of the packets), `reordered` (by at most three places) and
`middle` (without the first third) beside it.

    spoil_pcap.py FOLDER [SEED]...      with several seeds the lost ones are `lostSEED`, one each
"""
import random
import struct
import sys


def main(out, seeds):
    data = open(f'{out}/whole.pcap', 'rb').read()
    head, at, packets = data[:24], 24, []
    while at + 16 <= len(data):
        caplen = struct.unpack('<I', data[at + 8:at + 12])[0]
        packets.append(data[at:at + 16 + caplen])
        at += 16 + caplen

    def write(name, some):
        with open(f'{out}/{name}.pcap', 'wb') as file:
            file.write(head + b''.join(some))

    for seed in seeds:
        rng = random.Random(seed)
        write('lost' if len(seeds) == 1 else f'lost{seed}', [p for p in packets if rng.random() > 0.01])
    order = sorted(range(len(packets)), key=lambda i: i + rng.randrange(4))
    times = [p[:8] for p in packets]
    write('reordered', [times[n] + packets[i][8:] for n, i in enumerate(order)])
    write('middle', packets[len(packets) // 3:])


main(sys.argv[1], [int(seed) for seed in sys.argv[2:]] or [7])
