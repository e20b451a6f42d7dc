"""A running application takes new files: its check, a signal, its own word that it took them.

A signal that was sent proves nothing: an application that refuses the files runs on with the old ones and is healthy.
"""

import time

import commands
import podman
import service
from errors import Failure

METRIC_SECONDS = 10
# Most have read their files before they could be asked for the first time.
FIRST_PAUSE_SECONDS = 0.05
# Metrics of time may have whole seconds: two loads within one could not be told apart.
RESOLUTION_SECONDS = 1.1


def validate(request):
    """The application's own check of the files that the link now points to, inside its container.

    :returns: the metric that is to change, which is asked for meanwhile.
    """
    asked = commands.Meanwhile(lambda: load_time((request["reload"] or {}).get("metric")))
    if request["validate"]:
        done = podman.execute(request["workload"], request["validate"], request["health"]["withinSeconds"])
        if not done.ok:
            lines = [line for line in (done.err + done.out).strip().splitlines() if "cgroups-v1" not in line]
            raise Failure(f"{request['workload']} refuses its new files.", lines[-20:])
    return asked.result()


def signal(request, process, before):
    """Sends the signal and waits for the proof, if the application has one. Returns whether it has.

    :param process: the container's first, from service.first_process; :param before: the metric of before, from {@link validate}.
    """
    workload, rule = request["workload"], request["reload"]
    before = _before(request, before)
    if before is not None and abs(time.time() - before) < RESOLUTION_SECONDS:
        time.sleep(RESOLUTION_SECONDS)
    sent = time.monotonic()
    if not service.tell(process, rule["signal"]):
        # It was started anew meanwhile.
        podman.signal(workload, rule["signal"])
    deadline, pause = time.monotonic() + request["health"]["withinSeconds"], FIRST_PAUSE_SECONDS
    while rule["metric"] and load_time(rule["metric"]) in (before, None):
        if time.monotonic() > deadline:
            raise Failure(
                f"{workload} did not take its new files: {rule['metric']['name']} did not change after {rule['signal']}.",
                service.last_words(workload, sent),
            )
        time.sleep(pause)
        pause = min(2 * pause, service.PAUSE_SECONDS)
    return rule["metric"] is not None


def _before(request, known):
    """The metric before the signal: its check may have kept the application from answering.

    Without it any value would be taken for the proof, that of the old files too.
    """
    metric = request["reload"]["metric"]
    deadline = time.monotonic() + request["health"]["withinSeconds"]
    while metric and known is None:
        known = load_time(metric)
        if known is None and time.monotonic() > deadline:
            raise Failure(f"{request['workload']} does not say {metric['name']}, by which it shows that it took new files.")
        if known is None:
            time.sleep(service.PAUSE_SECONDS)
    return known


def load_time(metric):
    """The metric's value, None where it cannot be had. It is compared for change only: the clock may jump."""
    if metric is None:
        return None
    done = commands.run(metric["command"], METRIC_SECONDS)
    for line in done.out.splitlines() if done.ok else ():
        name, _, value = line.strip().rpartition(" ")
        if name.partition("{")[0] == metric["name"]:
            return float(value)
    return None
