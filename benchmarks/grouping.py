"""What an article costs `rasid pipe group`, copies and stories, and how that grows with the articles before it.

    python benchmarks/grouping.py [--sizes 1000,10000,50000] [--seed 1]

The articles are made: words drawn as often as they are in news, one of twenty a copy of an earlier article with a few
words exchanged, 2,000 a day from forty outlets. Each size is a run of the program of its own; what it takes to start
is measured with one article and taken off.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sameness import Maker

_START = datetime(2026, 3, 2, tzinfo=UTC)
_A_DAY, _OUTLETS, _COPIES, _REMEMBERED = 2_000, 40, 0.05, 200


class Cost(NamedTuple):
    """CPU-seconds of a run, and its largest size in MB."""

    cpu: float
    peak: float


def stream(count: int, seed: int) -> Iterator[dict[str, object]]:
    maker, rng = Maker(seed), random.Random(seed)
    recent: deque[str] = deque(maxlen=_REMEMBERED)
    for number in range(count):
        text = maker.copy(rng.choice(recent)) if recent and rng.random() < _COPIES else maker.text()
        recent.append(text)
        yield {
            "id": number,
            "title": " ".join(text.split()[:10]),
            "text": text,
            "language": "ar",
            "source": f"outlet{number % _OUTLETS}",
            "published_at": (_START + timedelta(days=number / _A_DAY)).isoformat(),
        }


def run(count: int, seed: int) -> Cost:
    """One run of the program over so many articles."""
    with tempfile.TemporaryFile() as file:
        for item in stream(count, seed):
            file.write(json.dumps(item, ensure_ascii=False).encode() + b"\n")
        file.seek(0)
        done = subprocess.Popen([sys.executable, "-m", "rasid", "pipe", "group"], stdin=file, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(done.pid, 0)
    if status:
        raise SystemExit(f"rasid pipe group ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--sizes", default="1000,10000,50000", help="articles of each run")
    made.add_argument("--seed", type=int, default=1)
    args = made.parse_args()
    os.chdir(Path(__file__).parents[1])
    start = run(1, args.seed)
    print(f"start: {start.cpu:.2f} CPU s, {start.peak:.0f} MB")
    print(f"{'articles':>9} {'CPU ms each':>12} {'a CPU-second':>13} {'against first':>14} {'peak MB':>8}")
    first = 0.0
    for size in map(int, args.sizes.split(",")):
        cost = run(size, args.seed)
        each = (cost.cpu - start.cpu) / size
        first = first or each
        row = f"{size:>9,} {1000 * each:>12.2f} {1 / each:>13,.0f} {each / first:>13.2f}x {cost.peak:>8.0f}"
        print(row, flush=True)


if __name__ == "__main__":
    main()
