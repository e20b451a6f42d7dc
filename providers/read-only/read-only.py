#!/usr/bin/python3
"""What the ssh key of previews may do on this host: the forced command of its line in sshd's file of keys.

It reads, and nothing else. Two things are asked for by a preview with `--refresh`: what this host has of ours, which the reader
beside this file tells (the one that is sent along is not run: whoever holds the key could send another), and which images podman
has, by its API, of which a few questions are let through. Only the standard library.
"""

import os
import re
import shlex
import socket
import sys

READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "read.py")
PODMAN = "/run/podman/podman.sock"
LONGEST = 65536

# Who podman is, and its images. Not their content, not containers: their environment is nobody's business.
QUESTION = re.compile(r"/(v[0-9.]+/)?(_ping|version|info|images/json|images/(?!.*\.\.)[A-Za-z0-9._/:@-]+/json)(\?[!-~]*)?")


def refuse(what):
    print(f"This key may only read, and not: {what}", file=sys.stderr)
    sys.exit(1)


def main():
    command = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if words == ["python3", "-"]:
        os.execv("/usr/bin/python3", ["python3", READER])
    if words == ["docker", "system", "dial-stdio"]:
        ask_podman()
        return
    refuse(command[:200] or "a shell")


def ask_podman():
    """One request to podman's API from stdin, its answer to stdout. The connection ends with it: the client makes another."""
    head = request_head()
    method, path, *rest = head.split("\r\n", 1)[0].split(" ")
    if method not in ("GET", "HEAD") or not QUESTION.fullmatch(path) or len(rest) != 1:
        body = '{"message": "this key may only read"}\n'
        answer(f"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        return
    with socket.socket(socket.AF_UNIX) as podman:
        podman.connect(PODMAN)
        podman.sendall(f"{method} {path} HTTP/1.1\r\nHost: podman\r\nConnection: close\r\n\r\n".encode())
        while piece := podman.recv(LONGEST):
            answer(piece)


def request_head():
    """The request's lines. What the client sends after them is not looked at, and not passed on."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = os.read(0, LONGEST)
        if not piece:
            sys.exit(0)
        head += piece
        if len(head) > LONGEST:
            refuse("a request without an end")
    return head.split(b"\r\n\r\n", 1)[0].decode("latin-1")


def answer(piece):
    while piece:
        piece = piece[os.write(1, piece) :]


main()
