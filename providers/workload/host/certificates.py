"""When the certificates on this host run out. An `up` renews them, and nothing else does: somebody has to hear of it in time."""

import commands
import paths

# Of each workload, and of the host itself: health checks, node_exporter, copies of backups.
WHERE = ((paths.CONFIG, "*/current/tls/*.pem"), (paths.ROOT / "etc/homelab", "**/*.pem"))
SECONDS = 10


def expiries():
    """Seconds since 1970 by file. What is no certificate is left out: who needs it says so."""
    found = {str(path): _expiry(path) for root, pattern in WHERE for path in root.glob(pattern)}
    return {path: at for path, at in found.items() if at is not None}


def _expiry(path):
    """Of the first in the file: its issuer's, which follows, is renewed long before."""
    import ssl

    done = commands.run(["openssl", "x509", "-noout", "-enddate", "-in", str(path)], SECONDS)
    key, _, date = done.out.strip().partition("=")
    return int(ssl.cert_time_to_seconds(date)) if done.ok and key == "notAfter" else None
