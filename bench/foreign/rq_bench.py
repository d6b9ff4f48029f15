"""Python RQ as its guide sets it up: a worker runs one job at a time, each in a fork of its own; a concurrency is that many workers."""
import os
import sys

from program import INPUT, PAYLOAD, ROLE, URL, enqueue, work
from redis import Redis
from rq import Queue
from rq_tasks import noop

if ROLE == "enqueuer":
    queue = Queue("bench", connection=Redis.from_url(URL))

    def many(count):
        queue.enqueue_many([Queue.prepare_data(noop, args=(PAYLOAD,)) for _ in range(count)])

    enqueue(lambda: queue.enqueue(noop, PAYLOAD), many)
else:
    command = [sys.executable, "-m", "rq.cli", "worker", "--url", URL, "--quiet", "bench"]
    here = os.path.dirname(os.path.abspath(__file__))
    work(*[command] * INPUT["concurrency"], env={**os.environ, "PYTHONPATH": here})
