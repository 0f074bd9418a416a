# SPDX-License-Identifier: MIT
"""servers.py tcp|http PORT - the standard library's thread-per-connection
servers, until SIGTERM."""
import http.server
import signal
import socketserver
import sys
import threading


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"you asked for {self.path}\n".encode() * 50
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class HTTPServer(http.server.ThreadingHTTPServer):
    request_queue_size = 128


address = ("127.0.0.1", int(sys.argv[2]))
server = (Server(address, Upper) if sys.argv[1] == "tcp"
          else HTTPServer(address, Page))
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(
    target=server.shutdown).start())
server.serve_forever()
server.server_close()
