"""A Celery application as one sets it up where nothing may be lost.

With CELERY_UNCONFIRMED set it publishes without waiting for the broker, which is Celery's default and
loses tasks when the broker dies.
"""

import os

from celery import Celery

app = Celery(
    "celery_tasks",
    broker=os.environ["LONGSHORE_TEST_AMQP"],
    # A database of its own, whose size tells how many results there are.
    backend=os.environ["LONGSHORE_TEST_REDIS"] + "/9",
)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    broker_transport_options={"confirm_publish": "CELERY_UNCONFIRMED" not in os.environ},
    worker_send_task_events=False,
)


@app.task
def nothing(number):
    """Does nothing."""
    return number
