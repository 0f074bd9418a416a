#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The echo server out of Python's own library, a thread for each connection:
an ordinary program, for `evergreen run` beside its plain self."""

import resource
import socketserver
import sys

BUFFER_BYTES = 1024
ROWS = ["run_py_echo/100", "run_py_echo/1000"]


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while data := self.request.recv(BUFFER_BYTES):
                self.request.sendall(data)
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 4096


def main():
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted == "--rows":
        print("\n".join(ROWS))
    elif wanted == "serve-echo":
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with Server(("127.0.0.1", 0), Echo) as server:
            print("PORT", server.server_address[1], flush=True)
            server.serve_forever()
    else:
        sys.exit(f"usage: {sys.argv[0]} --rows | serve-echo")


main()
