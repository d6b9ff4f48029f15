import os

from celery import Celery

url = os.environ["BENCH_REDIS"]
app = Celery("bench", broker=url, backend=url)
app.conf.task_default_queue = "bench"


@app.task
def noop(payload):
    return 1
