"""What the host knows of backups: /etc/homelab/backup, made from the plan (lab/backup/settings.ts)."""

import json

import files
import paths
from errors import Refused

SETTINGS = paths.BACKUP_SETTINGS / "settings.json"
PASSWORD = paths.BACKUP_SETTINGS / "password"


def load():
    """The settings. Without them this host was never prepared, or somebody removed the file."""
    text = files.text(SETTINGS)
    if text is None:
        raise Refused(f"there is no {SETTINGS} on this host. Run: pulumi up --refresh --stack <this host>")
    try:
        return json.loads(text)
    except ValueError as error:
        raise Refused(f"{SETTINGS} cannot be read: {error}. Run: pulumi up --refresh --stack <this host>") from error
