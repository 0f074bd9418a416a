#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The same server as threads_server.c, out of Python's own library: a thread
for each connection. Answers each GET with the path that was asked for."""

import resource
import socketserver
import sys


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while line := self.rfile.readline(2048):
                words = line.split()
                if len(words) != 3 or words[0] != b"GET":
                    self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n"
                                     b"Content-Length: 0\r\n"
                                     b"Connection: close\r\n\r\n")
                    return
                while self.rfile.readline(2048) not in (b"\r\n", b""):
                    pass
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
                                 b"\r\n%b" % (len(words[1]), words[1]))
        except ConnectionError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 4096


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with Server(("127.0.0.1", port), Handler) as server:
        print("PORT", server.server_address[1], flush=True)
        server.serve_forever()


main()
