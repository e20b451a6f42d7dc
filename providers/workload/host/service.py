"""A workload's service, with the proof that systemd does not give: that it is really down, that it really serves."""

import os
import re
import signal
import time

import health
import paths
import podman
import systemd
from errors import Failure
from patience import Patience

STATE = (
    "LoadState",
    "ActiveState",
    "SubState",
    "NRestarts",
    "MainPID",
    "ExecMainStatus",
    "NeedDaemonReload",
    "SourcePath",
    "FragmentPath",
)

PAUSE_SECONDS = 0.3
# podman's lines that explain nothing: its own events, the id of a container, a warning of old kernels.
NOISE = re.compile(r" m=\+[\d.]+ |^[0-9a-f]{64}$|cgroups-v1")
# A process that lives shorter than this never counts as serving.
STEADY_SECONDS = 2
# A process that was not started, only told something: what it does of that, it does at once.
TOLD_SECONDS = 0.5
# How long a try that somebody's reload of systemd disturbed may go on after it.
DISTURBED_SECONDS = 5
# It is given so many tries: what ends again and again will not become healthy by waiting.
TRIES = 3
# Quadlet units are started within systemd's default limit; podman needs some time on a slow card.
START_SECONDS = 120
# See STOP_MARGIN_SECONDS of ../quadlet.ts; a stop that systemd gives up takes up to three times its limit.
STOP_MARGIN_SECONDS = 15


def state(workload):
    return systemd.show([paths.service(workload)], STATE)[0]


def processes(workload):
    """The processes that must be gone after a stop: the container's first one, with which all its others end, and conmon."""
    container = podman.container(workload)
    conmon = int(state(workload)["MainPID"] or 0)
    return [process for process in (_process(conmon), first_process(container)) if process[0]]


def first_process(container):
    """Of a container from podman: its id and when it was started. The id is 0 where none runs."""
    return _process(container["State"]["Pid"] if container else 0)


def tell(process, which):
    """Sends a signal to a {@link first_process}: podman would need as long for that as all that comes of it takes.

    Never to another process that has got its id since. Returns whether it was there to get it.
    """
    try:
        descriptor = os.pidfd_open(process[0])
    except OSError:
        return False
    try:
        # Asked only now: it is true of the one that the descriptor stands for.
        alive = _alive(process)
        if alive:
            signal.pidfd_send_signal(descriptor, signal.Signals[which])
        return alive
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)


def stop(workload, stop_seconds, known=None, meanwhile=None):
    """Stops a workload gracefully and makes sure that it is down: `systemctl stop` is 0 for a process that still runs.

    :param known: what {@link processes} said shortly before, where the time until the start counts.
    :param meanwhile: what is done while it ends, for the same reason. systemd has begun to stop it by then, so that it does not
        start it again whatever happens to it.
    """
    known = processes(workload) if known is None else known
    if meanwhile:
        systemd.stop_later(paths.service(workload))
        meanwhile()
    done = systemd.stop(paths.service(workload), 3 * (stop_seconds + STOP_MARGIN_SECONDS) + 30)
    if any(_alive(process) for process in known):
        podman.remove_container(workload)
    for process in known:
        _kill(process)
    if not done.ok and (now := state(workload)["ActiveState"]) not in ("inactive", "failed"):
        raise Failure(f"{workload} could not be stopped: systemd says {now} ({done.reason()})")


def _process(pid):
    return pid, _started(pid) if pid else None


def _started(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _alive(process):
    """Whether it is still the same process: ids are used again."""
    pid, started = process
    return started is not None and _started(pid) == started


def _kill(process):
    """Ends a process that outlived its container, which podman and systemd then know nothing of."""
    deadline = time.monotonic() + 5
    while _alive(process):
        if time.monotonic() > deadline:
            raise Failure(f"the process {process[0]} of the stopped container could not be ended")
        os.kill(process[0], signal.SIGKILL)
        time.sleep(0.1)


def start(workload):
    """Starts a workload. The failure of a start is one at once; success says only that podman made the container.

    One that somebody else's reload of systemd disturbed says nothing: systemd tries again, and who waits for it sees.
    """
    began = time.monotonic()
    done = systemd.start(paths.service(workload), START_SECONDS)
    # Asked only now: the time until it serves counts.
    if not done.ok and unmask(workload):
        done = systemd.start(paths.service(workload), START_SECONDS)
    if not done.ok and not systemd.reloaded_since(began):
        raise Failure(f"{workload} did not start.")


def unmask(workload):
    """Lets a workload start again that was kept down. Returns whether it was."""
    masked = state(workload)["LoadState"] == "masked"
    if masked:
        systemd.unmask(paths.service(workload))
    return masked


def is_loaded(workload, directory, now=None):
    """Whether systemd has loaded the unit that lies in this directory, and no older text."""
    now = now or state(workload)
    return (now["LoadState"], now["SourcePath"], now["NeedDaemonReload"]) == ("loaded", str(_unit(workload, directory)), "no")


def _unit(workload, directory):
    return directory / f"{workload}.container"


def check_loaded(workload, directory, now=None):
    """The same, as a Failure that says what it has loaded instead."""
    now = now or state(workload)
    if not is_loaded(workload, directory, now):
        raise Failure(
            f"systemd did not load {_unit(workload, directory)}: {now['LoadState']}, from {now['SourcePath'] or 'nowhere'},"
            f" NeedDaemonReload={now['NeedDaemonReload']}"
        )


def wait_until_serving(request, restarts=0, steady=STEADY_SECONDS):
    """Waits for the application's own answer, then for it to be the same process, unrestarted, some time later.

    :param restarts: NRestarts from which to count; 0 after an explicit start.
    :param steady: that time, in seconds; 0 where the answer alone is proof.
    :returns: when it gave the first good answer, on the monotonic clock.
    """
    workload, rule = request["workload"], request["health"]
    counted, patience = time.monotonic(), Patience(request)
    last = "it did not run"
    while True:
        now = state(workload)
        ended = int(now["NRestarts"] or 0) - restarts
        if ended >= TRIES and systemd.reloaded_since(counted - DISTURBED_SECONDS):
            # These tries were disturbed: they do not count.
            restarts, counted = restarts + ended, time.monotonic()
        elif ended >= TRIES:
            raise Failure(f"{workload} ended by itself {ended} times, last with exit status {now['ExecMainStatus']}.")
        if now["ActiveState"] == "active":
            answer, asked = health.ask(rule), time.monotonic()
            # Who ended meanwhile and was started again proves nothing by answering once.
            watched = steady if ended == 0 else STEADY_SECONDS
            if answer.healthy and (watched == 0 or _steady(workload, now, rule, watched)):
                return asked
            last = answer.text
        if patience.is_over():
            raise Failure(f"{workload} did not become healthy within {patience.seconds} s: {last}")
        time.sleep(PAUSE_SECONDS)


def _steady(workload, before, rule, seconds):
    time.sleep(seconds)
    now = state(workload)
    same = all(now[key] == before[key] for key in ("MainPID", "NRestarts", "ActiveState"))
    return same and health.ask(rule).healthy


def check_image(request):
    """That the container runs the image that was asked for."""
    found = podman.container(request["workload"])
    if found is None or found["Image"] != podman.image_id(request["image"]):
        raise Failure(f"{request['workload']} does not run {request['image']}")


def last_words(workload, since):
    """The application's last lines since a moment of the monotonic clock; podman's and systemd's own, where the container never said anything."""
    own = systemd.log(f"CONTAINER_NAME={workload}", since)
    return own or [line for line in systemd.log(f"_SYSTEMD_UNIT={paths.service(workload)}", since) if not NOISE.search(line)]
