"""Where things lie on the host.

HOMELAB_ROOT puts all of it below a folder of the unit tests; on a host it is never set.
"""

import os
from pathlib import Path

ROOT = Path(os.environ.get("HOMELAB_ROOT", "/"))

STATE = ROOT / "var/lib/homelab"
CONFIG = STATE / "config"  # config/<workload>/<hash>/…, and the link `current`
DATA = STATE / "data"  # data/<workload>/<volume>
STAGED = STATE / "staged"  # staged/<workload>: what the next transaction takes over
JOURNAL = STATE / "journal"  # journal/<workload>: a transaction that has not ended
UNSETTLED = STATE / "unsettled"  # journals that nobody could settle, for a person
CONFIRMED = STATE / "confirmed"  # confirmed/<workload>.json: what serves
STATE_COPY = STATE / "pulumi"  # the encrypted copy of Pulumi's state
HELD = STATE / "held"  # held/<workload>.json: images that are not brought up until they are released
OUTCOME = STATE / "outcome"  # outcome/<workload>.json: how the last transaction ended
BACKUP = STATE / "backup"  # the first repository, unless the settings name another place, and what restic remembers

BACKUP_SETTINGS = ROOT / "etc/homelab/backup"  # what the plan says of backups; passwords
DECLARED = ROOT / "etc/homelab/workloads"  # names of the workloads that this host is to have, one a line

# Gone after a power cut, as locks and outcomes that the disk had no room for should be.
RUN = ROOT / "run/homelab"
LOCKS = RUN / "locks"
HOLD = RUN / "hold"

ETC_UNITS = ROOT / "etc/containers/systemd"
RUN_UNITS = ROOT / "run/containers/systemd"
VENDOR_UNITS = ROOT / "usr/share/containers/systemd"
RUN_SERVICES = ROOT / "run/systemd/system"
# podman's own files of networks: removed directly at boot, before podman may be asked.
PODMAN_NETWORKS = ROOT / "etc/containers/networks"
PODMAN_STORAGE = ROOT / "var/lib/containers"

TEXTFILES = ROOT / "var/lib/prometheus/node-exporter"  # where node_exporter reads what jobs leave for it

GENERATOR = "/usr/libexec/podman/quadlet"


def program():
    """The installed entry script, which units and transactions start."""
    return str(Path(__file__).resolve().parent / "homelab")


def config(workload):
    return CONFIG / workload


def current(workload):
    """The link that the container follows: relative, switched by one rename."""
    return CONFIG / workload / "current"


def service(workload):
    return f"{workload}.service"


def transaction_unit(workload):
    """Its name is the lock against a second start, and what to attach to."""
    return f"homelab-txn-{workload}.service"


def settle_unit(workload):
    return f"homelab-settle@{workload}.service"
