"""The application of the tests: serves its version and its configuration, reloads at SIGHUP, misbehaves as /behaviour says."""

import http.server
import json
import os
import signal
import sys
import time

BEHAVIOUR = open("/behaviour").read().strip()
CONFIG = "/config/current/app.json"
loaded = {}


def load(*_):
    try:
        text = open(CONFIG).read()
        loaded.update(config=json.loads(text), time=time.time())
    except ValueError as error:
        print(f"refusing {CONFIG}: {error}", flush=True)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        healthy = BEHAVIOUR not in ("sick",) and loaded["config"].get("healthy", True)
        if self.path == "/hang":
            time.sleep(3600)
        self.send_response(200 if healthy else 500)
        self.end_headers()
        if self.path == "/metrics":
            self.wfile.write(f"# TYPE app_loaded gauge\napp_loaded{{}} {loaded['time']}\n".encode())
        else:
            answer = {"version": open("/version").read().strip(), "config": loaded["config"], "pid": os.getpid()}
            try:
                answer["data"] = open("/data/version").read()
            except OSError:
                pass
            self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        pass


if sys.argv[1:] == ["check"]:
    json.load(open(CONFIG))
    sys.exit(0)
print(f"starting {open('/version').read().strip()}", flush=True)
if BEHAVIOUR == "dies":
    print("cannot go on: no reason", flush=True)
    sys.exit(3)
signal.signal(signal.SIGHUP, load)
signal.signal(signal.SIGTERM, signal.SIG_IGN if BEHAVIOUR == "stubborn" else lambda *_: os._exit(0))
load()
if os.path.ismount("/data"):
    open("/data/version", "a").write(open("/version").read())
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
