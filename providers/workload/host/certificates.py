"""When the certificates on this host run out. An `up` renews them, and nothing else does: somebody has to hear of it in time."""

import contextlib
import json

import commands
import files
import paths

# Of each workload, and of the host itself: health checks, node_exporter, copies of backups.
WHERE = ((paths.CONFIG, "*/current/tls/*.pem"), (paths.ROOT / "etc/homelab", "**/*.pem"))
SECONDS = 10
# By hash of the content, until the next boot. The timer asks each minute, and to look at them all takes a Pi a second or two.
KNOWN = paths.RUN / "certificate-expiries.json"


def expiries():
    """Seconds since 1970 by file. What is no certificate is left out: who needs it says so."""
    known, found, by_file = _known(), {}, {}
    for path in (path for root, pattern in WHERE for path in root.glob(pattern)):
        with contextlib.suppress(FileNotFoundError):  # A transaction takes old files away.
            content = files.sha256(path.read_bytes())
            at = found.get(content) or known.get(content) or _expiry(path)
            if at is not None:
                by_file[str(path)] = found[content] = at
    if found != known:
        files.make_directory(KNOWN.parent)
        files.write(KNOWN, json.dumps(found))
    return by_file


def _known():
    try:
        return json.loads(files.text(KNOWN) or "{}")
    except ValueError:
        return {}


def _expiry(path):
    """Of the first in the file: its issuer's, which follows, is renewed long before."""
    import ssl

    done = commands.run(["openssl", "x509", "-noout", "-enddate", "-in", str(path)], SECONDS)
    key, _, date = done.out.strip().partition("=")
    return int(ssl.cert_time_to_seconds(date)) if done.ok and key == "notAfter" else None
