"""Removes near-duplicates from the texts of a file by rensa, and prints what that took: FILE, NEAR."""

import json
import resource
import sys
import time

from rensa import RMinHashDeduplicator

file, near = sys.argv[1], float(sys.argv[2])
texts = json.load(open(file))


def shingles(text):
    words = text.lower().rstrip(".").split()
    return [" ".join(words[at : at + 3]) for at in range(len(words) - 2)]


def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096


def cpu():
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def remove(some):
    deduplicator = RMinHashDeduplicator(threshold=near, num_perm=128, use_lsh=True)
    return deduplicator.add_pairs((str(at), shingles(text)) for at, text in enumerate(some))


remove(texts[:2000])
before, cpu_before, start = resident(), cpu(), time.perf_counter()
kept = remove(texts)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
dropped = [at for at, keep in enumerate(kept) if not keep]
found = {"seconds": seconds, "cpu": cpu() - cpu_before, "megabytes": max(0, peak - before) / 1e6, "dropped": dropped}
print(json.dumps(found))
