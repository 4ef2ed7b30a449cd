"""The peer of the TDX decoder: pytdx's own `GetSecurityBarsCmd.parseResponse` over the same bytes.

tdx_decode.py <file of frames>; the file is what `cargo run --release -p source-tdx --example decode_rate -- <file>`
reads, and writes where there is none. Prints `<bars> <seconds> <bars per second>`. Bodies are inflated before the clock
starts, on either side.
"""

import struct
import sys
import time
import zlib

from pytdx.parser.get_security_bars import GetSecurityBarsCmd

HEAD = struct.Struct("<IBIBHHH")
LASTS = 3.0


def bodies(path):
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        *_, wire_len, body_len = HEAD.unpack_from(data, at)
        body = data[at + HEAD.size : at + HEAD.size + wire_len]
        yield body if wire_len == body_len else zlib.decompress(body)
        at += HEAD.size + wire_len


pages = list(bodies(sys.argv[1]))
command = GetSecurityBarsCmd(None)
command.category = 9
bars, begun = 0, time.perf_counter()
while time.perf_counter() - begun < LASTS:
    for page in pages:
        # It wants a bytearray: it looks at single bytes.
        bars += len(command.parseResponse(bytearray(page)))
        if time.perf_counter() - begun >= LASTS:
            break
seconds = time.perf_counter() - begun
print(bars, f"{seconds:.3f}", f"{bars / seconds:.0f}")
