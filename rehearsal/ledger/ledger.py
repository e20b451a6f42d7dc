"""A service with a database that migrates: what the rehearsal and the tests upgrade, and go back from with its data.

Version 2 changes the schema as soon as it starts, and version 1 refuses a database of version 2, as real applications do. Its
version stands in /version: `1`, `2`, or `2-sick`, which migrates and then never answers well; `2-slow` takes its time to migrate
and says so; `2-dies` migrates and ends.

  GET /          {"version": …, "rows": […]}
  POST /         adds the body as a row
  SIGUSR1        writes /data/flushed, as a broker writes out what it holds in memory
"""

import http.server
import json
import os
import signal
import sqlite3
import sys
import time

VERSION = open("/version").read().strip()
SCHEMA = int(VERSION[0])
DATABASE = "/data/ledger.db"
TLS = "/config/current/tls"
SLOW_STEPS = 8


def connect():
    connection = sqlite3.connect(DATABASE, timeout=30)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection


def prepare():
    with connect() as database:
        found = database.execute("PRAGMA user_version").fetchone()[0]
        if found > SCHEMA:
            sys.exit(f"the database has schema {found}, this is version {VERSION}: there is no way back")
        if found == 0:
            database.execute(f"CREATE TABLE entries ({column()} TEXT NOT NULL)")
        elif found < SCHEMA:
            print(f"migrating from schema {found} to {SCHEMA}", flush=True)
            database.execute("ALTER TABLE entries RENAME COLUMN text TO note")
            for step in range(SLOW_STEPS if VERSION.endswith("-slow") else 0):
                time.sleep(1)
                print(f"migrating: step {step + 1} of {SLOW_STEPS}", flush=True)
        database.execute(f"PRAGMA user_version={SCHEMA}")


def column():
    return "text" if SCHEMA == 1 else "note"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if VERSION.endswith("-sick"):
            return self.answer(500, "the ledger is not well")
        with connect() as database:
            rows = [row[0] for row in database.execute(f"SELECT {column()} FROM entries ORDER BY rowid")]
        return self.answer(200, json.dumps({"version": VERSION, "rows": rows}))

    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with connect() as database:
            database.execute("INSERT INTO entries VALUES (?)", (text,))
        return self.answer(200, "noted")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        # Its end is known by this: over TLS a closed connection alone may as well be one that was cut.
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


print(f"ledger {VERSION} starts", flush=True)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
signal.signal(signal.SIGUSR1, lambda *_: open("/data/flushed", "w").close())
prepare()
if VERSION.endswith("-dies"):
    sys.exit("ledger: cannot go on")
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler)
if "--tls" in sys.argv:
    # Here and not above: the tests' small image has no libssl.
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=f"{TLS}/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(f"{TLS}/server.pem", f"{TLS}/server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
