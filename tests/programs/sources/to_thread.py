# SPDX-License-Identifier: MIT
"""asyncio beside blocking threads, and children of its own."""
import asyncio
import socket
import time


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


def ask(port, i):
    with socket.create_connection(("127.0.0.1", port), 30) as s, \
            s.makefile("rwb") as file:
        for k in range(10):
            file.write(b"%d/%d x\n" % (i, k))
            file.flush()
            assert file.readline() == b"%d/%d X\n" % (i, k)
    return i


async def main():
    begin = time.monotonic()
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.2)
                           for _ in range(20)))
    print(time.monotonic() - begin < 3)
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(await asyncio.gather(*(asyncio.to_thread(ask, port, i)
                                 for i in range(20))))
    server.close()
    child = await asyncio.create_subprocess_exec(
        "cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate(b"through a cat")
    print(out, child.returncode)
    print(await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80))


asyncio.run(main())
