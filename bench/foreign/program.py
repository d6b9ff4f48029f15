"""What the programs of this folder share: the words that bench/workers/program.ts speaks."""
import json
import subprocess
import sys
import time

ROLE = sys.argv[1]
INPUT = json.loads(sys.argv[2])
URL = "redis://{host}:{port}/0".format(**INPUT["endpoint"])
PAYLOAD = {"url": "http://example.com"}


def answer(value):
    print(json.dumps(value), flush=True)


def ready_to_go():
    answer({"ready": True})
    sys.stdin.readline()


def enqueue(one, many=None):
    """Enqueues as bench/workers/enqueuer.ts does, by a call for one job or for many."""

    def run(count):
        left = count
        while left > 0:
            size = min(left, INPUT["jobsPerCall"])
            left -= size
            if size == 1 or many is None:
                for _ in range(size):
                    one()
            else:
                many(size)

    run(INPUT["warmUp"])
    ready_to_go()
    start = time.perf_counter()
    run(INPUT["jobs"])
    answer({"seconds": time.perf_counter() - start})


def work(*commands, env=None):
    """Runs the library's own worker programs until this one is asked to stop."""
    ready_to_go()
    # What they print is none of the answers.
    running = [subprocess.Popen(command, env=env, stdout=sys.stderr, stdin=subprocess.DEVNULL) for command in commands]
    answer({"working": True})
    sys.stdin.read()
    for process in running:
        process.terminate()
    for process in running:
        process.wait()
