# SPDX-License-Identifier: MIT
"""nginx with its pool of threads, and what loads web servers."""
import contextlib
import hashlib
import http.client
import signal

import kit

CLIENTS = 20
FILES = 5
CONFIGURATION = """
daemon off; master_process off;
pid {folder}/pid; error_log stderr;
thread_pool files threads=8;
events {{ worker_connections 200; }}
http {{
	access_log off; sendfile off; aio threads=files; output_buffers 2 8k;
	client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	server {{
		listen 127.0.0.1:{port};
		root {folder}/www;
	}}
}}
"""


@contextlib.contextmanager
def nginx(box, tested):
    port = kit.free_port()
    for i in range(FILES):
        box.write(f"www/{i}", f"line of {i}\n" * 20000 * i)
    path = box.write("nginx.conf", CONFIGURATION.format(folder=box.folder,
                                                        port=port))
    process = box.serve(port, "nginx", "-p", box.folder, "-c", path, "-e",
                        "stderr", tested=tested)
    yield port
    assert box.stop(process, signal.SIGQUIT) == 0, "status of the server"


@kit.program("nginx", "nginx")
def aio_threads(box):
    with nginx(box, tested=True) as port:
        everybody = box.crowd(CLIENTS)

        def get(i):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            sums = []
            for k in range(10):
                connection.request("GET", f"/{(i + k) % FILES}")
                body = connection.getresponse().read()
                sums.append((len(body), hashlib.md5(body).hexdigest()))
            everybody.wait()
            connection.close()
            return sums

        return kit.at_once(CLIENTS, get)


@kit.program("wrk", "wrk", "nginx")
def wrk(box):
    with nginx(box, tested=False) as port:
        done = box.run("wrk", "-t", 4, "-c", 40, "-d", "1s",
                       f"http://127.0.0.1:{port}/1")
    lines = done.ok().splitlines()
    return [line for line in lines if "threads and" in line or
            "Socket errors" in line or "Non-2xx" in line]


@kit.program("ab", "apache2-utils", "nginx")
def ab(box):
    with nginx(box, tested=False) as port:
        done = box.run("ab", "-q", "-k", "-c", 20, "-n", 2000,
                       f"http://127.0.0.1:{port}/1")
    return [line for line in done.ok().splitlines() if line.startswith(
        ("Complete", "Failed", "Document Length", "Keep-Alive"))]
