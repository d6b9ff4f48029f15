"""Celery as its guide sets it up, with Redis for messages and results: the prefork pool of the given concurrency."""
import os
import sys

from program import INPUT, PAYLOAD, ROLE, URL, enqueue, work

os.environ["BENCH_REDIS"] = URL
if ROLE == "enqueuer":
    from celery_app import noop

    enqueue(lambda: noop.delay(PAYLOAD))
else:
    here = os.path.dirname(os.path.abspath(__file__))
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--loglevel", "ERROR"]
    work([*command, "-c", str(INPUT["concurrency"])], env={**os.environ, "PYTHONPATH": here})
