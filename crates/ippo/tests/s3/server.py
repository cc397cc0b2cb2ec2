"""Moto's S3 server on a free port, with one bucket. Says where it is, and ends when its input does."""

import sys
import urllib.request

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
request = urllib.request.Request(f"http://{host}:{port}/telemetry", method="PUT")
urllib.request.urlopen(request).read()
print(f"{host}:{port}", flush=True)
sys.stdin.read()
server.stop()
